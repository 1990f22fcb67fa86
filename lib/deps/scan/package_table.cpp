#include "deps/scan/package_table.hpp"

namespace libre::deps {

// Source: the top-level modules that each project documents for its package on the Python Package Index,
// written down from those manuals. An import that two packages bring stands for the one that is maintained
// (Crypto: pycryptodome, not pycrypto; jwt: PyJWT, not jwt).
const std::string_view package_table = R"(AppKit pyobjc-framework-Cocoa
Bio biopython
Crypto pycryptodome
Cryptodome pycryptodomex
MySQLdb mysqlclient
OpenGL PyOpenGL
OpenSSL pyOpenSSL
PIL Pillow
Quartz pyobjc-framework-Quartz
RPi RPi.GPIO
Xlib python-xlib
_cffi_backend cffi
_pytest pytest
absl absl-py
adodbapi windows
airflow apache-airflow
apex -
apiclient google-api-python-client
apt -
apt_pkg -
attr attrs
azure -
azure.ai.ml azure-ai-ml
azure.ai.textanalytics azure-ai-textanalytics
azure.common azure-common
azure.core azure-core
azure.cosmos azure-cosmos
azure.data.tables azure-data-tables
azure.eventhub azure-eventhub
azure.functions azure-functions
azure.identity azure-identity
azure.keyvault.keys azure-keyvault-keys
azure.keyvault.secrets azure-keyvault-secrets
azure.mgmt.compute azure-mgmt-compute
azure.mgmt.network azure-mgmt-network
azure.mgmt.resource azure-mgmt-resource
azure.mgmt.storage azure-mgmt-storage
azure.monitor.opentelemetry azure-monitor-opentelemetry
azure.search.documents azure-search-documents
azure.servicebus azure-servicebus
azure.storage.blob azure-storage-blob
azure.storage.filedatalake azure-storage-file-datalake
azure.storage.fileshare azure-storage-file-share
azure.storage.queue azure-storage-queue
azureml.core azureml-core
backports -
backports.zoneinfo backports.zoneinfo
bs4 beautifulsoup4
bson pymongo
cairo pycairo
can python-can
cassandra cassandra-driver
clang libclang
clip openai-clip
clr pythonnet
community python-louvain
comtypes windows
cpuinfo py-cpuinfo
cupy cupy-cuda12x
cv2 opencv-python
dateutil python-dateutil
detectron2 -
discord discord.py
distutils setuptools
django_filters django-filter
dns dnspython
docx python-docx
dotenv python-dotenv
ee earthengine-api
elftools pyelftools
engineio python-engineio
faiss faiss-cpu
fitz PyMuPDF
gi PyGObject
git GitPython
github PyGithub
gitlab python-gitlab
google -
google.ads.googleads google-ads
google.ai.generativelanguage google-ai-generativelanguage
google.api google-api-core
google.api_core google-api-core
google.appengine appengine-python-standard
google.auth google-auth
google.cloud -
google.cloud.aiplatform google-cloud-aiplatform
google.cloud.bigquery google-cloud-bigquery
google.cloud.bigquery_storage google-cloud-bigquery-storage
google.cloud.bigtable google-cloud-bigtable
google.cloud.compute_v1 google-cloud-compute
google.cloud.container_v1 google-cloud-container
google.cloud.dataproc google-cloud-dataproc
google.cloud.datastore google-cloud-datastore
google.cloud.documentai google-cloud-documentai
google.cloud.firestore google-cloud-firestore
google.cloud.functions google-cloud-functions
google.cloud.kms google-cloud-kms
google.cloud.language google-cloud-language
google.cloud.language_v1 google-cloud-language
google.cloud.logging google-cloud-logging
google.cloud.monitoring_v3 google-cloud-monitoring
google.cloud.ndb google-cloud-ndb
google.cloud.pubsub google-cloud-pubsub
google.cloud.pubsub_v1 google-cloud-pubsub
google.cloud.run_v2 google-cloud-run
google.cloud.secretmanager google-cloud-secret-manager
google.cloud.spanner google-cloud-spanner
google.cloud.speech google-cloud-speech
google.cloud.storage google-cloud-storage
google.cloud.tasks google-cloud-tasks
google.cloud.tasks_v2 google-cloud-tasks
google.cloud.texttospeech google-cloud-texttospeech
google.cloud.translate google-cloud-translate
google.cloud.translate_v2 google-cloud-translate
google.cloud.videointelligence google-cloud-videointelligence
google.cloud.vision google-cloud-vision
google.colab -
google.genai google-genai
google.generativeai google-generativeai
google.oauth2 google-auth
google.protobuf protobuf
google.resumable_media google-resumable-media
google.rpc googleapis-common-protos
googleapiclient google-api-python-client
googlesearch googlesearch-python
grpc grpcio
grpc_health grpcio-health-checking
grpc_reflection grpcio-reflection
grpc_status grpcio-status
grpc_tools grpcio-tools
haiku dm-haiku
haystack farm-haystack
hid hidapi
hydra hydra-core
igraph python-igraph
imblearn imbalanced-learn
impala impyla
jnius pyjnius
jose python-jose
jpype JPype1
jwt PyJWT
kafka kafka-python
ldap python-ldap
linebot line-bot-sdk
llama_cpp llama-cpp-python
magic python-magic
mpl_toolkits matplotlib
mpl_toolkits.basemap basemap
multipart python-multipart
mysql mysql-connector-python
nacl PyNaCl
newspaper newspaper3k
nmap python-nmap
nvidia_smi nvidia-ml-py3
ogr GDAL
opentelemetry opentelemetry-api
opentelemetry.exporter.otlp opentelemetry-exporter-otlp
opentelemetry.sdk opentelemetry-sdk
osgeo GDAL
osr GDAL
paho paho-mqtt
past future
pdfminer pdfminer.six
pkg_resources setuptools
pptx python-pptx
proto proto-plus
psycopg2 psycopg2-binary
pwn pwntools
pylab matplotlib
pynvml nvidia-ml-py
pyro pyro-ppl
pythoncom windows
pywintypes windows
pywt PyWavelets
pyximport Cython
rapidjson python-rapidjson
rest_framework djangorestframework
rest_framework_simplejwt djangorestframework-simplejwt
ruamel -
ruamel.yaml ruamel.yaml
sage -
scikitplot scikit-plot
scikits -
scikits.odes scikits.odes
serial pyserial
servicemanager windows
shapefile pyshp
skbio scikit-bio
skimage scikit-image
sklearn scikit-learn
skopt scikit-optimize
sksparse scikit-sparse
sksurv scikit-survival
skvideo sk-video
slack slackclient
slugify python-slugify
snappy python-snappy
snowflake -
snowflake.connector snowflake-connector-python
snowflake.snowpark snowflake-snowpark-python
socketio python-socketio
socks PySocks
speech_recognition SpeechRecognition
stdnum python-stdnum
stl numpy-stl
surprise scikit-surprise
talib TA-Lib
telebot pyTelegramBotAPI
telegram python-telegram-bot
tlz toolz
tree dm-tree
umap umap-learn
usb pyusb
vlc python-vlc
websocket websocket-client
webview pywebview
whisper openai-whisper
win32api windows
win32clipboard windows
win32com windows
win32con windows
win32event windows
win32file windows
win32gui windows
win32net windows
win32pipe windows
win32process windows
win32security windows
win32service windows
win32serviceutil windows
winerror windows
wmi windows
wx wxPython
xdg pyxdg
yaml PyYAML
zmq pyzmq
zope -
zope.component zope.component
zope.event zope.event
zope.interface zope.interface
)";

const std::string_view same_name_table =
    R"(accelerate aiobotocore aiofiles aiohttp aiosqlite albumentations alembic altair amqp anndata annoy ansible
anthropic anyio appdirs arrow asgiref astropy asttokens asyncpg asyncssh attrs auto_gptq av babel bcrypt
billiard bitsandbytes black bleach blinker blosc bokeh boltons boto boto3 botocore bottle branca cachetools
cairosvg cartopy catboost celery certifi cffi cfscrape chainer chardet charset_normalizer cheroot cherrypy
chess clearml click click_log cloudpickle cmaes cmake codecarbon colorama coloredlogs colorlog configobj
confluent_kafka contextily corner coverage croniter cryptography cvxopt cvxpy cycler cymem Cython dacite
dash dash_bootstrap_components dask datasets datashader dateparser deap debugpy decorator decord deepdiff
deepspeed dgl diffusers dill diskcache distributed distro django docker docopt docx2txt duckdb easydict
easyocr ecdsa efficientnet einops elasticsearch elasticsearch_dsl emoji essentia evaluate eventlet exifread
fabric factory fake_useragent faker falcon fastai fastapi fastavro fasteners fasttext feedparser fiona fire
flash_attn flask flask_cors flask_login flask_migrate flask_restful flask_socketio flask_sqlalchemy
flask_wtf flatbuffers flax folium fontTools freezegun fsspec ftfy funcy future fuzzywuzzy fvcore gast gdal
gdown gensim geoalchemy2 geojson geopandas geopy gevent gluonts gmpy2 google_auth_httplib2
google_auth_oauthlib googletrans gradio graphene graphviz greenlet gspread gunicorn gurobipy gym gymnasium
h11 h2 h3 h5py hdbscan healpy holoviews hpack httplib2 httptools httpx huggingface_hub humanize hvplot
hyperopt hypothesis icecream idna imagehash imageio imgaug importlib_metadata importlib_resources imutils
inflect inflection influxdb influxdb_client instructor invoke ipdb ipykernel IPython ipywidgets isodate
isort itsdangerous jax jaxlib jaxtyping jedi jieba jinja2 jiwer jmespath joblib json5 jsonlines jsonpatch
jsonpickle jsonschema jupyter jupyterlab kaggle kazoo keras keras_preprocessing keras_tuner keyring kfp
kiwisolver kombu kornia kubernetes langchain langchain_community langchain_core langchain_openai langdetect
ldap3 Levenshtein librosa lightfm lightgbm lightning lightning_utilities lime line_profiler linkify
llama_index lmdb locust loguru logzero louvain lpips lxml lz4 mako mamba_ssm markdown markdown2 markupsafe
marshmallow matplotlib matplotlib_venn memory_profiler mercurial meshio mido missingno mistletoe mistune
mlagents_envs mlflow mlxtend mmcv mmengine mock model_bakery modin monai mongoengine more_itertools moto
moviepy mpi4py mpmath msgpack mujoco mujoco_py mutagen mypy mypy_extensions natsort neptune netaddr netCDF4
netifaces networkx nibabel nilearn nltk notebook nox numba numexpr numpy oauth2client oauthlib onnx
onnxruntime openai opencensus openpyxl optax optuna orjson ortools packaging pandas pandas_datareader
pandera papermill paramiko parso passlib path patsy pdf2image pdfplumber peewee peft pendulum pexpect
pgmagick phonenumbers pint pip pipenv plotly plotnine pluggy plyer pmdarima polars pooch portalocker praw
prefect prettytable prometheus_client prompt_toolkit prophet psutil psycopg pulp py py4j pyarrow
pyasn1_modules pyautogui pycocotools pycountry pycparser pydantic pydantic_settings pydicom pydot pydub
pyfiglet pygame pyglet pygments PyInstaller pylint pymc pymc3 pymongo pymysql pynput pyodbc pypandoc
pyparsing pypdf PyPDF2 pyperclip pypinyin pyproj PyQt4 PyQt5 PyQt6 pyscreeze PySide2 PySide6 pyspark pystan
pytesseract pytest pytorch_lightning pytorch_metric_learning pytorch_msssim pytz pytz_deprecation_shim
pyvista qrcode rapidfuzz rarfile rasterio ratelimit ray rdkit redis regex reportlab requests
requests_oauthlib requests_toolbelt responses retry retrying rich rouge rouge_score rpyc rsa rtree rx
s3transfer sacrebleu sacred sacremoses safetensors sagemaker samplerate sanic scanpy schedule schema
scienceplots scipy scrapy scvi seaborn segmentation_models_pytorch selenium sentence_transformers
sentencepiece sentry_sdk seqeval setproctitle setuptools sh shap shapely shortuuid shtab simplejson simpy
sip six slack_bolt slack_sdk smart_open smmap snakemake sniffio sortedcontainers sounddevice soundfile
soupsieve spacy sphinx sphinx_rtd_theme sqlalchemy sqlalchemy_utils sqlmodel sqlparse sshtunnel
stable_baselines3 starlette statsmodels streamlit stripe supervision sympy tables tabula tabulate tblib
tenacity tensorboard tensorboardX tensorflow tensorflow_addons tensorflow_datasets tensorflow_hub
tensorflow_probability tensorflow_text tensorrt termcolor textblob textdistance texttable tflite_runtime
thinc thop threadpoolctl tifffile tiktoken timm tinydb tokenizers toml tomli tomlkit toolz torch
torch_cluster torch_geometric torch_scatter torch_sparse torchaudio torchdata torchinfo torchmetrics
torchsummary torchtext torchvision tornado tox tqdm trafilatura traitlets traittypes transformers trimesh
trio triton trl tsfresh tweepy twilio twisted typer typing_extensions typing_inspect tzdata tzlocal ujson
ultralytics uncertainties unidecode urllib3 uvicorn uvloop uwsgi vaex validators visdom vispy vllm wandb
watchdog watchfiles wcwidth weasyprint webdataset websockets werkzeug wget whoosh wordcloud wrapt xarray
xformers xgboost xlrd xlsxwriter xlwings xlwt xmltodict xxhash yacs yarl yfinance youtube_dl yt_dlp zarr
zict zipp zstd)";

}  // namespace libre::deps
