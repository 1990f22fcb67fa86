// One function per command: it registers the options and what to do. Each stands in a file of its
// own, named like the command.
#pragma once

namespace cli {

class Parser;

void add_async(Parser& parser);
void add_attach(Parser& parser);
void add_completion(Parser& parser);
void add_conf(Parser& parser);
void add_data(Parser& parser);
void add_doctor(Parser& parser);
void add_forward(Parser& parser);
void add_init(Parser& parser);
void add_install(Parser& parser);
void add_kill(Parser& parser);
void add_list(Parser& parser);
void add_log(Parser& parser);
void add_man(Parser& parser);
void add_master(Parser& parser);
void add_notebook(Parser& parser);
void add_probe(Parser& parser);
void add_pull(Parser& parser);
void add_purge(Parser& parser);
void add_push(Parser& parser);
void add_rsync(Parser& parser);
void add_ssh(Parser& parser);
void add_sshadd(Parser& parser);
void add_sync(Parser& parser);
void add_tensorboard(Parser& parser);
void add_top(Parser& parser);
void add_watch(Parser& parser);

}  // namespace cli
