# The course's commands. `make run` and `make test` are all that most people need.
PYTHON ?= python3
# Where the packages are installed.
COURSE_VENV ?= .venv
VENV := $(COURSE_VENV)/bin
READY := $(COURSE_VENV)/.requirements
# Two workers of one thread each are fastest on two cores; a file of tests, or a notebook, stays with one worker.
TEST_WORKERS ?= 2
PYTEST := FAST=1 TF_NUM_INTRAOP_THREADS=1 OMP_NUM_THREADS=1 $(VENV)/python -m pytest --numprocesses $(TEST_WORKERS) --dist loadfile

.PHONY: help install run test test-everything test-long colab gate lab site results bench ladder records gpu pytorch backends everything sync store korean publish classroom handout grade alike grading clean

help:
	@echo "make run      run every chapter in fast mode; executed copies go to build/notebooks/"
	@echo "make test     lint, unit tests, and every notebook compared with its stored output"
	@echo "make test-long  what takes too long for the gate: every assignment graded, TEACHING.md followed word by word"
	@echo "make gate     what must pass before a change is kept: all tests, each from an empty folder, with three sets of packages"
	@echo "make lab      open JupyterLab on notebooks/"
	@echo "make site     the course as a web site in build/site/, from the stored notebooks, with networks that compute in it"
	@echo "make results  write measured figures from the cards into README and lessons; SEED=n or DRAWN=1 trains once more first"
	@echo "make bench    time two recipes for the network of chapter 04, that of many books and the lesson's, to the same accuracy"
	@echo "make ladder   measure what each rung of chapter 10 brings; what is measured is not measured again"
	@echo "make records  train the records of chapter 10 (RECORDS='mnist_record' for some)"
	@echo "make gpu      time the heavy work of the lessons on a GPU, against the processor beside it"
	@echo "make pytorch  add PyTorch to .venv, for notebooks/pytorch/"
	@echo "make backends add PyTorch and JAX to .venv, so that make test runs the heat maps on them, too"
	@echo "make sync     bring notebooks/ and notebooks/source/ together"
	@echo "make store    full run; keeps outputs, networks and times (CHAPTERS='04 05' for some)"
	@echo "make korean   draw the outputs of the Korean notebooks anew (CHAPTERS='04 05' for some)"
	@echo "make publish  REPOSITORY=https://... writes the address into set-up cells, buttons and README (none takes it out)"
	@echo "make classroom  build nbgrader's course in classroom/ (FOLDER=... for another place, COURSE_LANGUAGE=ko in Korean); see TEACHING.md"
	@echo "make handout  FOLDER=... what students get, without solutions; GIT=1 makes it a repository for Colab and hubs"
	@echo "make grade    ASSIGNMENT=01_convolution_exercises autogrades its submissions, WORKERS=2 at a time"
	@echo "make alike    ASSIGNMENT=01_convolution_exercises lists answers that are nearly equal"
	@echo "make grading  time the grading of each assignment; HANDINS=300 WORKERS=2 of a class instead"
	@echo "make clean    remove build/ and caches"

# Installed again only when requirements.txt changes: TensorFlow is large.
$(READY): requirements.txt
	@if cmp -s $< $@; then touch $@; else $(MAKE) --no-print-directory install; fi

install:
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 14) else "This course needs Python 3.11 to 3.13, found %d.%d. Name one with: make PYTHON=python3.12" % sys.version_info[:2])'
	$(PYTHON) -m venv $(COURSE_VENV)
	$(VENV)/python -m pip install --quiet --requirement requirements.txt
	@cp requirements.txt $(READY)

pytorch: $(COURSE_VENV)/.pytorch

backends: $(COURSE_VENV)/.backends

everything: $(COURSE_VENV)/.backends $(COURSE_VENV)/.classroom $(COURSE_VENV)/.hub $(COURSE_VENV)/.site

$(COURSE_VENV)/.backends: requirements-pytorch.txt
$(COURSE_VENV)/.hub: requirements-classroom.txt

$(addprefix $(COURSE_VENV)/.,pytorch backends classroom hub site): $(COURSE_VENV)/.%: requirements-%.txt $(READY)
	$(VENV)/python -m pip install --quiet --requirement $<
	@cp $< $@

run: $(READY)
	@$(VENV)/python -m tools.run $(CHAPTERS)

test: $(READY)
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/lint-imports --no-cache
	$(PYTEST)
	$(PYTEST) --nbval --nbval-current-env notebooks

# All that takes long or needs more packages. (`make test` runs the other tests, and compares the lessons on TensorFlow.)
# The longest files of tests come first, so that no worker is left with one of them at the end.
LONGEST := $(patsubst %,tests/test_%.py,hub site classroom apart jupyterlab exercises)
test-everything: everything
	$(PYTEST) --no-loadscope-reorder -m "(gate or packages) and not long" $(LONGEST) tests
	$(PYTEST) -m "" --nbval --nbval-current-env notebooks/ko
	KERAS_BACKEND=jax $(PYTEST) --nbval-lax --nbval-current-env notebooks/0[25]_*.ipynb
	$(VENV)/python -m tools.exercises solved
	NBGRADER_EXECUTION=validate $(PYTEST) --nbval-lax --nbval-current-env build/exercises

# A class of every assignment, on several machines, TEACHING.md word by word, more lessons on JAX, and some on PyTorch.
test-long: everything
	$(PYTEST) -m long
	$(PYTEST) -m "" --nbval --nbval-current-env notebooks/pytorch
	KERAS_BACKEND=jax $(PYTEST) tests/test_interpret.py tests/test_graph.py
	KERAS_BACKEND=torch $(PYTEST) tests/test_interpret.py tests/test_graph.py
	KERAS_BACKEND=jax $(PYTEST) --nbval-lax --nbval-current-env notebooks/0[378]_*.ipynb notebooks/11_*.ipynb
	KERAS_BACKEND=torch $(PYTEST) --nbval-lax --nbval-current-env notebooks/0[58]_*.ipynb

# Every notebook as in Colab, with Colab's packages; for a clone that `make publish` has given an address.
colab: $(COURSE_VENV)/.colab
	@$(VENV)/python -m tools.colab

$(COURSE_VENV)/.colab: tests/environments/colab.txt requirements-pytorch.txt
	@if cmp -s $< $@; then touch $@; else (set -ex; $(PYTHON) -m venv $(COURSE_VENV); \
	$(VENV)/python -m pip install --quiet --requirement $< --requirement requirements-pytorch.txt; cp $< $@); fi

gate:
	@$(PYTHON) -m tools.gate

lab: $(READY)
	$(VENV)/jupyter lab --ServerApp.root_dir=. --LabApp.default_url=/lab/tree/notebooks

site: $(COURSE_VENV)/.site
	@$(VENV)/python -m tools.site

results: $(READY)
	@$(VENV)/python -m tools.results $(CHAPTERS) $(if $(SEED),--seed $(SEED)) $(if $(DRAWN),--drawn)

bench: $(READY)
	@$(VENV)/python -m tools.bench

ladder: $(READY)
	@$(VENV)/python -m tools.ladder $(LADDERS)
	@$(VENV)/python -m tools.ladder --seconds $(LADDERS)

records: $(READY)
	@$(VENV)/python -m tools.records $(RECORDS)

gpu: $(READY)
	@$(VENV)/python -m tools.gpu

sync: $(READY)
	@$(VENV)/python -m tools.sync

store: $(READY)
	@$(VENV)/python -m tools.run --store $(CHAPTERS)

korean: $(READY)
	@$(VENV)/python -m tools.run --korean $(CHAPTERS)

publish: $(READY)
	@$(if $(REPOSITORY),,$(error Name the address: make publish REPOSITORY=https://github.com/you/course))
	@$(VENV)/python -m tools.sync publish "$(filter-out none,$(REPOSITORY))"

classroom: $(COURSE_VENV)/.classroom
	@$(VENV)/python -m tools.classroom $(if $(FOLDER),--folder "$(FOLDER)") build

handout: $(COURSE_VENV)/.classroom
	@$(if $(FOLDER),,$(error Name a new folder: make handout FOLDER=/srv/handout))
	@$(VENV)/python -m tools.handout "$(FOLDER)" $(if $(CLASSROOM),--course "$(CLASSROOM)") $(if $(GIT),--git)

grade: $(COURSE_VENV)/.classroom
	@$(if $(ASSIGNMENT),,$(error Name the assignment: make grade ASSIGNMENT=01_convolution_exercises))
	@$(VENV)/python -m tools.classroom $(if $(FOLDER),--folder "$(FOLDER)") grade $(ASSIGNMENT) $(if $(WORKERS),--workers $(WORKERS))

alike: $(COURSE_VENV)/.classroom
	@$(if $(ASSIGNMENT),,$(error Name the assignment: make alike ASSIGNMENT=01_convolution_exercises))
	@$(VENV)/python -m tools.alike $(if $(FOLDER),--folder "$(FOLDER)") $(ASSIGNMENT)

grading: $(COURSE_VENV)/.classroom
	@$(VENV)/python -m tools.grading $(if $(HANDINS),--hand-ins $(HANDINS)) $(if $(WORKERS),--workers $(WORKERS))

clean:
	rm -rf build .pytest_cache .ruff_cache
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
