#include "CMuJoCo.h"

#include <dlfcn.h>
#include <stdio.h>
#include <unistd.h>

static const int first = 0;

/// The model of the call that this thread makes; NULL for none.
static _Thread_local const char *subject;

/// MuJoCo's own handler would print messages and write MUJOCO_LOG.TXT into the working directory.
///
/// Errors come here only where MuJoCo does not catch them itself: what mj_loadXML compiles and what the batch functions
/// compute ends with the words in their results. Whoever raised the others goes on as if nothing had happened, with
/// pointers to nothing where memory was lacking, so that this may not return.
static void handle(const mjMessage *message) {
  if (message->level < MJ_LOG_ERROR) return;
  fprintf(
      stderr, "error: MuJoCo cannot go on with %s: %s.\n", subject ? subject : "a simulation",
      message->subject);
  _exit(1);
}

const char *rlgym_mujoco_open(
    const char *file, rlgym_mujoco_functions *table, bool *is_message) {
  *is_message = true;
  void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    const char *problem = dlerror();
    return problem ? problem : "it cannot be opened";
  }
  *is_message = false;
#define RLGYM_LOAD(result, name, parameters) \
  if (!(*(void **)&table->name = dlsym(library, #name))) return #name;
  RLGYM_MUJOCO_FUNCTIONS(RLGYM_LOAD)
#undef RLGYM_LOAD
  table->mju_setLogHandler(handle);
  return 0;
}

typedef struct {
  const rlgym_mujoco_functions *table;
  int steps;
  const mjData *source;
  mjData *data;
} Work;

static void advance(const mjModel *model, mjData *data, int simulation, void *argument) {
  const Work *work = argument;
  for (int i = 0; i < work->steps; i++) work->table->mj_step(model, data);
  work->table->mj_rnePostConstraint(model, data);
}

static void copy(const mjModel *model, mjData *data, int simulation, void *argument) {
  const Work *work = argument;
  work->table->mj_copyData(data, model, work->source);
}

static void place(const mjModel *model, mjData *data, int simulation, void *argument) {
  const Work *work = argument;
  work->table->mj_kinematics(model, data);
}

static void find(const mjModel *model, mjData *data, int simulation, void *argument) {
  Work *work = argument;
  work->data = data;
}

/// A call of mjb_apply leaves the outputs as they were; computing no stage writes them.
static int apply(Work *work, mjBatch *batch, mjBatchFunction function, int save) {
  int failed = work->table->mjb_apply(batch, &first, 1, function, work, save);
  return failed ? failed : work->table->mjb_forward(batch, &first, 1, MJ_STAGE_NONE);
}

int rlgym_mujoco_advance(const rlgym_mujoco_functions *table, mjBatch *batch, int steps) {
  Work work = {.table = table, .steps = steps};
  return apply(&work, batch, advance, 1);
}

int rlgym_mujoco_copy(
    const rlgym_mujoco_functions *table, mjBatch *batch, const mjData *source) {
  Work work = {.table = table, .source = source};
  return apply(&work, batch, copy, 1);
}

int rlgym_mujoco_place(const rlgym_mujoco_functions *table, mjBatch *batch) {
  Work work = {.table = table};
  return apply(&work, batch, place, 0);
}

mjModel *rlgym_mujoco_load(
    const rlgym_mujoco_functions *table, const char *file, char *error, int error_size) {
  subject = file;
  mjModel *model = table->mj_loadXML(file, 0, error, error_size);
  subject = 0;
  return model;
}

mjBatch *rlgym_mujoco_make(
    const rlgym_mujoco_functions *table, const mjModel *model, const char *file, mjData **data,
    char *error, int error_size) {
  const mjBatchSettings settings = {.threads = 1, .persistent = true};
  subject = file;
  mjBatch *batch = table->mjb_makeBatch(model, 1, &settings, error, error_size);
  subject = 0;
  if (!batch) return 0;
  Work work = {.table = table};
  table->mjb_apply(batch, &first, 1, find, &work, 0);
  if (!work.data) {
    snprintf(error, error_size, "%s", table->mjb_error(batch, first));
    table->mjb_deleteBatch(batch);
    return 0;
  }
  *data = work.data;
  return batch;
}
