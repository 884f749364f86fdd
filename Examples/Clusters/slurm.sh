#!/usr/bin/env bash
# A study on eight nodes of a Slurm cluster; they share the directory of the study.
#
#   sbatch Examples/Clusters/slurm.sh
#
# Each element of the array trains every eighth run, as many at a time as it has cores, and goes on where it
# was if the element is queued again. When all are done: ./rlgym benchmark report study
#SBATCH --job-name=rlgym-study
#SBATCH --array=0-7
#SBATCH --cpus-per-task=8
#SBATCH --time=04:00:00
#SBATCH --requeue
# Slurm asks the runs to save themselves a minute before it ends them.
#SBATCH --signal=B:TERM@60
set -euo pipefail
cd "${SLURM_SUBMIT_DIR:-.}"

./rlgym benchmark ppo,dqn CartPole,Acrobot --seeds 20 --output study \
  --jobs "${SLURM_CPUS_PER_TASK:-1}" --no-progress &
study=$!
# The shell has the signal; the study passes it on to its runs.
trap 'kill -TERM "$study"; wait "$study"' TERM
wait "$study"
