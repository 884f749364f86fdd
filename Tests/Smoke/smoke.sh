#!/usr/bin/env bash
# Runs each command once and lets each agent learn once. Takes some seconds.
#
#   Tests/Smoke/smoke.sh [PROGRAM]
set -uo pipefail

program=$(readlink -f "${1:-.build/release/rlgym}")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
passed=0
failed=0

# check NAME PATTERN COMMAND...: the command must succeed and print the pattern.
check() {
  local name=$1 pattern=$2 output
  shift 2
  if output=$("$@" 2>&1 </dev/null) && grep -qE -- "$pattern" <<<"$output"; then
    passed=$((passed + 1))
    echo "ok    $name"
  else
    failed=$((failed + 1))
    echo "WRONG $name: $*"
    tail -n 5 <<<"$output" | sed 's/^/      /'
  fi
}

# learn AGENT ENVIRONMENT THRESHOLD: training with the preset reaches the mean return and stops there.
learn() {
  check "$1 learns $2" '"solvedAtStep":[0-9]' "$program" train "$1" "$2" --threshold "$3" \
    --stop-at-threshold --seed 1 --threads 1 --no-progress --json --output "$1"
}

learn ppo CartPole 475
learn dqn CartPole 300
learn sac Pendulum -300
learn td3 Pendulum -300

check version '^[0-9]+\.[0-9]+\.[0-9]+' "$program" --version
check envs 'CartPole-v1' "$program" envs
check "envs CartPole" 'Barto' "$program" envs CartPole
check agents 'Proximal policy' "$program" agents
check "agents ppo" 'learningRate' "$program" agents ppo
check check 'passed|follows' "$program" check CartPole
check "train and log" 'Trained' "$program" train ppo CartPole --steps 2048 --seed 1 --no-progress \
  --log-rollouts --tensorboard --record-every 1024 --output run
check "train --resume" 'run' "$program" train --resume run --no-progress
check doctor 'All is well' "$program" doctor
check play "left|return" "$program" play FrozenLake --text --episodes 1 --seed 1
check evaluate 'return +[0-9.]+ ±' "$program" evaluate ppo --episodes 10
check "watch --text" 'episode 1' "$program" watch ppo --text --episodes 1 --seed 1 --fps 1000
check record 'x.apng' "$program" record ppo --output x.apng --episodes 1 --scale 0.25
check collect '3 episodes' "$program" collect ppo --output dataset --episodes 3
check "log info" '3' "$program" log info dataset
check "log verify" '3' "$program" log verify dataset
check benchmark 'ppo' "$program" benchmark ppo,dqn CartPole --seeds 2 --steps 512 --output study --jobs 1
check "benchmark report" 'report' "$program" benchmark report study
check "benchmark compare" 'No verdict' "$program" benchmark compare run ppo
check tune 'best' "$program" tune ppo CartPole --trials 2 --steps 512 --jobs 1 --seed 1 --output search
check plot 'x.svg' "$program" plot run ppo --output x.svg
check runs 'finished' "$program" runs .
check speed 'step/CartPole/8' "$program" speed --only step/CartPole/8

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
