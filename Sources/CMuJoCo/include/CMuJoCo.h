#pragma once

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// MuJoCo is opened by path when a task first needs it, so that building needs neither the library nor its
// headers. What rlgym uses of version 3.17.0 is declared here by hand: the batch interface of mjbatch.h and
// some functions on models and simulations, all of which are behind pointers to unknown structures.

/// The version that is declared here, as mj_version returns it.
enum { RLGYM_MUJOCO_VERSION = 3017000 };

/// Stages of the computation (mjtStage).
enum {
  MJ_STAGE_NONE = 0,
  MJ_STAGE_ALL = 3,
};

/// Bits of the field opt.enableflags (mjtEnableBit), the level of an error (mjtLogLevel), and how many kinds of warnings
/// there are (mjNWARNING).
enum {
  MJ_ENABLE_SLEEP = 1 << 4,
  MJ_ENABLE_IPC = 1 << 6,
  MJ_LOG_ERROR = 3,
  MJ_WARNINGS = 7,
};

/// A model (mjModel).
typedef struct mjModel_ mjModel;
/// A simulation (mjData).
typedef struct mjData_ mjData;
/// A batch of simulations (mjBatch).
typedef struct mjBatch_ mjBatch;
/// Called on one simulation of a batch (mjfBatchFunc).
typedef void (*mjBatchFunction)(
    const mjModel *_Nonnull model, mjData *_Nonnull data, int simulation, void *_Nullable argument);
/// How a batch is made (mjBatchConfig).
typedef struct {
  int threads;
  bool persistent;
} mjBatchSettings;

_Static_assert(sizeof(mjBatchSettings) == 8, "mjBatchConfig");

/// How often a warning was raised (mjWarningStat).
typedef struct {
  int last_info;
  int number;
} mjWarningCount;

/// The first fields of a message (mjLogMessage).
typedef struct {
  int level;
  int topic;
  char subject[1024];
} mjMessage;

#define RLGYM_TEXT const char *_Nonnull
#define RLGYM_BATCH mjBatch *_Nonnull
#define RLGYM_IDS const int *_Nonnull ids, int count
#define RLGYM_SIZES int *_Nonnull size, int *_Nonnull element_size

// The result, the name and the parameters of each function.
#define RLGYM_MUJOCO_FUNCTIONS(f)                                                                    \
  f(int, mj_version, (void))                                                                         \
  f(void *_Nullable, mju_setLogHandler, (void (*_Nullable handler)(const mjMessage *_Nonnull)))      \
  f(mjModel *_Nullable, mj_loadXML,                                                                  \
    (RLGYM_TEXT file, const void *_Nullable vfs, char *_Nonnull error, int error_size))              \
  f(void, mj_deleteModel, (mjModel *_Nonnull model))                                                 \
  f(int64_t, mj_sizeModel, (const mjModel *_Nonnull model))                                          \
  f(void, mj_saveModel,                                                                              \
    (const mjModel *_Nonnull model, const char *_Nullable file, void *_Nonnull buffer,               \
     int64_t buffer_size))                                                                           \
  f(int, mj_name2id, (const mjModel *_Nonnull model, int type, RLGYM_TEXT name))                     \
  f(const char *_Nullable, mj_id2name, (const mjModel *_Nonnull model, int type, int id))            \
  f(void, mj_step, (const mjModel *_Nonnull model, mjData *_Nonnull data))                           \
  f(void, mj_kinematics, (const mjModel *_Nonnull model, mjData *_Nonnull data))                     \
  f(void, mj_rnePostConstraint, (const mjModel *_Nonnull model, mjData *_Nonnull data))              \
  f(mjData *_Nullable, mj_copyData,                                                                  \
    (mjData *_Nonnull to, const mjModel *_Nonnull model, const mjData *_Nonnull from))               \
  f(mjBatch *_Nullable, mjb_makeBatch,                                                               \
    (const mjModel *_Nonnull model, int count, const mjBatchSettings *_Nonnull settings,             \
     char *_Nonnull error, int error_size))                                                          \
  f(void, mjb_deleteBatch, (RLGYM_BATCH batch))                                                      \
  f(int, mjb_nstate, (const mjBatch *_Nonnull batch))                                                \
  f(double *_Nonnull, mjb_state, (RLGYM_BATCH batch))                                                \
  f(double *_Nullable, mjb_stateComponent, (RLGYM_BATCH batch, int component, int *_Nonnull size))   \
  f(mjWarningCount *_Nonnull, mjb_warning, (RLGYM_BATCH batch))                                      \
  f(int, mjb_step, (RLGYM_BATCH batch, RLGYM_IDS, int steps, int stage))                             \
  f(int, mjb_forward, (RLGYM_BATCH batch, RLGYM_IDS, int stage))                                     \
  f(int, mjb_reset, (RLGYM_BATCH batch, RLGYM_IDS, const int *_Nullable keys, int stage))            \
  f(int, mjb_apply,                                                                                  \
    (RLGYM_BATCH batch, RLGYM_IDS, mjBatchFunction _Nonnull function, void *_Nullable argument,      \
     int save))                                                                                      \
  f(const char *_Nonnull, mjb_error, (const mjBatch *_Nonnull batch, int simulation))                \
  f(void *_Nullable, mjb_output, (RLGYM_BATCH batch, RLGYM_TEXT name, RLGYM_SIZES))                  \
  f(void *_Nullable, mjb_expand, (RLGYM_BATCH batch, RLGYM_TEXT name, RLGYM_SIZES))

#define RLGYM_FIELD(result, name, parameters) result (*_Nonnull name) parameters;

/// The functions of MuJoCo that rlgym uses.
typedef struct {
  RLGYM_MUJOCO_FUNCTIONS(RLGYM_FIELD)
} rlgym_mujoco_functions;

#undef RLGYM_FIELD
#undef RLGYM_TEXT
#undef RLGYM_BATCH
#undef RLGYM_IDS
#undef RLGYM_SIZES

/// Opens a library and fills the table. From then on MuJoCo prints nothing. An error that it can return as words is
/// returned; one that it cannot ends the process with a sentence on the standard error.
///
/// Returns NULL, or the name of the function that is missing, or, with is_message, why it cannot be opened.
const char *_Nullable rlgym_mujoco_open(
    const char *_Nonnull file, rlgym_mujoco_functions *_Nonnull table, bool *_Nonnull is_message);

/// Loads MJCF. Returns NULL and why in the error, or a model and what MuJoCo warned of, if anything.
mjModel *_Nullable rlgym_mujoco_load(
    const rlgym_mujoco_functions *_Nonnull table, const char *_Nonnull file, char *_Nonnull error,
    int error_size);

/// Makes a persistent batch of one simulation of the model of a file. Returns NULL and why in the error, or the batch and
/// its simulation.
mjBatch *_Nullable rlgym_mujoco_make(
    const rlgym_mujoco_functions *_Nonnull table, const mjModel *_Nonnull model,
    const char *_Nonnull file, mjData *_Nullable *_Nonnull data, char *_Nonnull error,
    int error_size);

/// Takes steps in the only simulation of a batch, then computes contact forces as
/// mj_rnePostConstraint does, and writes the outputs. Returns the number of failed simulations.
int rlgym_mujoco_advance(
    const rlgym_mujoco_functions *_Nonnull table, mjBatch *_Nonnull batch, int steps);

/// Makes the only simulation of a batch the same as that of another one of the same model, which is only read.
int rlgym_mujoco_copy(
    const rlgym_mujoco_functions *_Nonnull table, mjBatch *_Nonnull batch,
    const mjData *_Nonnull source);

/// Computes where bodies and geoms are from the positions of the only simulation of a batch; its state stays
/// as it is.
int rlgym_mujoco_place(const rlgym_mujoco_functions *_Nonnull table, mjBatch *_Nonnull batch);

#ifdef __cplusplus
}
#endif
