#include "CMuJoCo.h"

#include <dlfcn.h>
#include <string.h>

static const int first = 0;

/// Messages of the thread that computes: MuJoCo's own handler would print them and write
/// MUJOCO_LOG.TXT into the working directory.
static _Thread_local char message[1024];
static _Thread_local bool has_message;

static void keep(const mjMessage *from) {
  strncpy(message, from->subject, sizeof message - 1);
  has_message = true;
}

const char *rlgym_mujoco_take_message(void) {
  if (!has_message) return 0;
  has_message = false;
  return message;
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
  table->mju_setLogHandler(keep);
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

mjData *rlgym_mujoco_data(const rlgym_mujoco_functions *table, mjBatch *batch) {
  Work work = {.table = table};
  table->mjb_apply(batch, &first, 1, find, &work, 0);
  return work.data;
}
