# Tallyhouse: `make demo` holds an election, `make test` proves the count. `make help` lists the rest.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
READY := $(VENV)/.ready
BIGQUERY_READY := $(VENV)/.ready-bigquery

# Passed through the environment, so that `make demo SCALE=1000` and `SCALE=1000 make demo` agree.
SETTINGS := ELECTION CORRECTIONS SCALE SPEED SEED FAULTS REGISTER HEXJSON POLLING_DATE KEEP RESUME \
  REGISTER_REQUESTS_A_SECOND DBT_CADENCE_S DASHBOARD_PORT RESULTS_PORT RESULTS_EVERY_S \
  SPARK_MASTER LAKE_PATH ELECTION_DATA LOG_LEVEL ROW STORAGE_PREFERENCE GCP_PROJECT_ID \
  CREDENTIALS_FILE BIGQUERY_LOCATION BIGQUERY_DATASET_PREFIX BIGQUERY_MAXIMUM_BYTES_BILLED \
  BIGQUERY_WRITE_EVERY_S BIGQUERY_LOAD_EVERY_S BIGQUERY_EMULATOR_HOST BIGQUERY_GIVE_UP_AFTER_S \
  NIGHT CONSOLE_PORT YES DELETE DRY_RUN GOOGLE_API_ENDPOINT GOOGLE_CLOUD_QUOTA_PROJECT
$(foreach name,$(SETTINGS),$(if $(value $(name)),$(eval export $(name))))

# Where things run: `embedded` in this folder, or in containers by `compose`; what was started last.
MODE ?= $(if $(wildcard var/compose/up),compose,embedded)
ifeq ($(filter $(MODE),embedded compose),)
  $(error MODE=$(MODE) cannot be used: write MODE=embedded or MODE=compose)
endif
LIFE := $(PY) -m $(if $(filter compose,$(MODE)),containers,embedded)
START := $(LIFE) $(if $(filter compose,$(MODE)),start)

KIND ?=
# A worker a core, up to four: more would only add servers. 0 runs the tests in one process.
WORKERS ?= auto

.PHONY: help
help: ## list the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z0-9-]+:.*## / {printf "  %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): requirements/lock.txt requirements/bootstrap.txt pyproject.toml
	@PYTHON="$(PYTHON)" VENV="$(VENV)" bash requirements/install.sh
	@touch $@

.PHONY: setup
setup: $(READY) ## install everything into the project's own folder; later runs work offline
	@$(PY) -m embedded setup

$(BIGQUERY_READY): requirements/bigquery.txt
	@$(BIN)/uv pip install --quiet --compile-bytecode --python $(PY) --require-hashes -r requirements/bigquery.txt
	@touch $@

.PHONY: bigquery
bigquery: $(READY) $(BIGQUERY_READY) ## install BigQuery's clients, and an offline BigQuery for the tests (Python 3.13)
	@$(PY) -m embedded bigquery

.PHONY: demo
demo: $(READY) ## hold an election: ELECTION= SCALE= SPEED= SEED= FAULTS= KEEP= RESUME=1 ...
	@$(PY) -m embedded demo

.PHONY: test
test: $(READY) ## run the tests; KIND=unit|contract|spark|warehouse|integration|faults|terraform|e2e runs one kind, BUT= all others; WORKERS=
	@$(PY) -m embedded setup --quiet
	@$(PY) -m pytest -m "not long" -n $(WORKERS) --maxprocesses=4 --no-loadscope-reorder --durations=20 \
	  $(if $(KIND),tests/$(KIND),tests) $(if $(BUT),--ignore=tests/$(BUT))

.PHONY: spark40
spark40: $(READY) ## the count's tests on Spark 4.0, in an environment of its own (half a gigabyte)
	@bash requirements/spark40.sh

.PHONY: check
check: $(READY) ## lint, formatting, types, contract tests
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy election embedded generators ingestion spark transform dashboard exports bench cloud warehouse containers
	@MYPYPATH=tests $(BIN)/mypy --explicit-package-bases tests/faults/oracle
	@$(PY) -m pytest -q tests/contract

N ?= 0
.PHONY: faults
faults: $(READY) ## the fault tests, long ones too; N=500 SEED=1 holds that many nights under random crashes, ONLY=<n> one again
	@$(PY) -m embedded setup --quiet
	@$(if $(filter 0,$(N)),$(PY) -m pytest tests/faults,PYTHONPATH=tests $(PY) tests/faults/campaign.py \
	  --nights $(N) $(if $(SEED),--seed $(SEED)) $(if $(ONLY),--only $(ONLY)) $(if $(MINUTES),--minutes $(MINUTES)) \
	  $(if $(SHARE),--share $(SHARE)))

.PHONY: soak
soak: $(READY) ## one long night with random restarts: oracle clean, memory and files flat; MINUTES= SEED=
	@$(PY) -m embedded setup --quiet
	@PYTHONPATH=tests $(PY) tests/faults/soak.py --minutes $(or $(MINUTES),30) \
	  $(if $(SEED),--seed $(SEED))

.PHONY: bench
bench: $(READY) ## measure speed: the first seven rows; ROW=<name> runs one row three times
	@$(PY) -m bench

.PHONY: start
start: $(READY) ## start broker and PostgreSQL in the background; MODE=compose: everything, in containers
	@$(LIFE) start

.PHONY: start-infra
start-infra: $(READY) ## broker and PostgreSQL; MODE=compose: with Console, users, topics and the night's rows
	@$(LIFE) start $(if $(filter compose,$(MODE)),infra)

.PHONY: start-streaming
start-streaming: $(READY) ## MODE=compose: Spark's cluster and live count, ingestion, generator
	@$(START) streaming

.PHONY: stop
stop: $(READY) ## stop what this project started, by id
	@$(LIFE) stop

.PHONY: restart
restart: $(READY) ## stop, then start
	@$(LIFE) restart

.PHONY: ps
ps: $(READY) ## list this project's processes or containers
	@$(LIFE) ps

.PHONY: logs
logs: $(READY) ## show the newest log lines; NAME=<service> shows one
	@$(LIFE) logs $(NAME)

.PHONY: status
status: $(READY) ## each hop with rate, lag, freshness, last error; the first red hop is marked
	@$(LIFE) status

.PHONY: doctor
doctor: $(READY) ## check this machine, or its Docker, with a fix for each finding
	@$(LIFE) doctor

.PHONY: compose-files
compose-files: $(READY) ## make what `docker compose up` reads: passwords, and its profile in .env
	@$(PY) -m containers files

.PHONY: images
images: $(READY) ## build the image of every stage (needs Docker and the network)
	@$(PY) -m containers images

.PHONY: lock
lock: $(READY) ## make the locks again from pyproject.toml, one for each image too; UPGRADE=1 takes the newest
	@bash requirements/lock.sh

.PHONY: start-batch
start-batch: $(READY) ## Spark's batch job over the current night; MODE=compose: dbt and the verdict too
	@$(START) batch

.PHONY: rebuild
rebuild: $(READY) ## make the newest night's tables anew: FROM=broker|bronze|raw; SWAP=0 only compares
	@$(PY) -m embedded rebuild $(if $(FROM),"$(FROM)") $(if $(filter 0,$(SWAP)),--no-swap)

.PHONY: replay
replay: $(READY) ## judge messages again and mend what shows them wrong: FROM=votes/3/12000 or a time
	@$(PY) -m embedded replay $(if $(FROM),"$(FROM)")

.PHONY: dlq
dlq: $(READY) ## list rejected messages by reason and topic
	@$(PY) -m embedded dlq

.PHONY: dlq-retry
dlq-retry: $(READY) ## send rejected messages again, once, that the reader now accepts
	@$(PY) -m embedded dlq-retry

.PHONY: as-of
as-of: $(READY) ## print a live table as it was: TIME=2026-11-25T02:00:00Z TABLE=candidate_totals
	@$(PY) -m embedded as-of $(if $(TIME),"$(TIME)") $(if $(TABLE),--table "$(TABLE)")

.PHONY: oracle
oracle: $(READY) ## recount the newest night from the broker's own log and compare; needs it running
	@$(PY) tests/faults/oracle

.PHONY: chain
chain: $(READY) ## make the current night's hash chain again and compare: FROM=bronze|broker
	@$(PY) -m embedded chain $(if $(FROM),--from "$(FROM)")

.PHONY: export
export: $(READY) ## MART=<name> FORMAT=csv|parquet|json; FORMAT=nist|openelections; or CHAIN=1; OUT=folder
	@$(PY) -m embedded export $(if $(MART),--mart "$(MART)") $(if $(FORMAT),--format "$(FORMAT)") \
	  $(if $(filter 1,$(CHAIN)),--chain) $(if $(OUT),--out "$(OUT)")

.PHONY: serve-results
serve-results: $(READY) ## serve the newest night's result files, with ETags, until Ctrl-C
	@$(PY) -m embedded serve-results

.PHONY: verify
verify: ## check an export with Python alone: EXPORT=folder HEAD=<what was noted earlier>
	@$(PYTHON) spark/verify_chain.py $(if $(EXPORT),"$(EXPORT)") $(if $(HEAD),"$(HEAD)")

.PHONY: start-dashboard
start-dashboard: $(READY) ## serve the dashboard on the newest night
	@$(START) dashboard

.PHONY: docs
docs: $(READY) ## write the marts' documentation as one searchable file, and the data dictionary
	@$(PY) -m transform docs

.PHONY: terraform-files
terraform-files: $(READY) ## write what is generated below terraform/: tables, README
	@$(PY) -m cloud files

.PHONY: cloud-rights
cloud-rights: $(READY) ## name the rights a deployer lacks: PROJECT_ID= WITH=identities,compute,guard
	@$(PY) -m cloud rights $(if $(PROJECT_ID),"$(PROJECT_ID)") $(if $(WITH),--with "$(WITH)") \
	  $(if $(BILLING_ACCOUNT),--billing-account "$(BILLING_ACCOUNT)")

# PROJECT_ID= names the project of one command, GCP_PROJECT_ID that of a shell.
PROJECT_ID ?= $(GCP_PROJECT_ID)
CLOUD := $(PY) -m cloud

.PHONY: bigquery-full-setup
bigquery-full-setup: $(READY) $(BIGQUERY_READY) ## BigQuery from nothing to a reconciled night: PROJECT_ID= CREDENTIALS_FILE= DRY_RUN=1 YES=1
	@$(PY) -m embedded setup --quiet
	@$(CLOUD) full-setup "$(PROJECT_ID)" $(if $(WITH),--with "$(WITH)") \
	  $(if $(BILLING_ACCOUNT),--billing-account "$(BILLING_ACCOUNT)") \
	  $(if $(IMAGE_TAG),--image-tag "$(IMAGE_TAG)")

.PHONY: cost
cost: $(READY) $(BIGQUERY_READY) ## bytes billed and slot time of the newest night by stage: PROJECT_ID=
	@GCP_PROJECT_ID="$(PROJECT_ID)" $(CLOUD) cost

.PHONY: spark-submit
spark-submit: $(READY) $(BIGQUERY_READY) ## Spark's batch job on Dataproc Serverless: PROJECT_ID= IMAGE_TAG=; needs WITH=compute
	@$(CLOUD) submit "$(PROJECT_ID)" --image-tag "$(IMAGE_TAG)"

.PHONY: cloud-destroy
cloud-destroy: $(READY) $(BIGQUERY_READY) ## list and destroy what bigquery-full-setup made: PROJECT_ID= YES=1
	@$(CLOUD) destroy "$(PROJECT_ID)"

.PHONY: clean
clean: ## delete what runs left behind, or what containers keep (asks first); YES=1 does not ask
	@$(if $(filter compose,$(MODE)),$(LIFE) clean,bash requirements/clean.sh)
