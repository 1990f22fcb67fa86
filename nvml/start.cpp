// Where the program begins. Debian's start files would call __libc_start_main as of glibc 2.34, which
// older machines do not have; the loader has made the C library ready before it comes here.
#if defined(__x86_64__)
asm(R"(
  .text
  .globl _start
  .type _start, @function
_start:
  xor %ebp, %ebp
  and $-16, %rsp
  call nvml_reader
  hlt
)");
#elif defined(__aarch64__)
asm(R"(
  .text
  .globl _start
  .type _start, %function
_start:
  mov x29, #0
  mov x30, #0
  bl nvml_reader
  brk #0
)");
#else
#error "how a program begins on this processor is not known here"
#endif
