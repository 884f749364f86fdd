#!/usr/bin/env bash
# Runs every check of this folder in a virtual environment of its own, which is made when it is missing.
#
#   Tests/Interoperability/run.sh PROGRAM [CHECK...]      without names: every check
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
program=$(readlink -f "${1:-$root/.build/release/rlgym}")
shift
checks=("$@")
[ ${#checks[@]} -gt 0 ] || checks=(fixtures minari killed_logs logs recordings report same_streams)

"$root/Scripts/setup" ffmpeg chromium chromium-driver || exit 1
venv="$root/.build-interoperability"
if ! cmp -s "$here/requirements.txt" "$venv/requirements.txt"; then
  echo "Installing the libraries of requirements.txt in $venv ..."
  python3 -m venv "$venv" && "$venv/bin/pip" install -q -r "$here/requirements.txt" || exit 1
  cp "$here/requirements.txt" "$venv/"
fi
python="$venv/bin/python"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

fixtures() { "$python" "$here/check_fixtures.py"; }
minari() { "$python" "$here/check_minari.py" "$program"; }
killed_logs() { "$python" "$here/check_killed_logs.py" "$program" --runs 6; }
logs() { "$python" "$here/check_logs.py" "$program"; }
recordings() { "$python" "$here/check_recordings.py" "$program"; }
same_streams() { "$python" "$here/same_streams.py" --program "$program"; }
report() {
  "$program" benchmark ppo,dqn CartPole,Acrobot --seeds 3 --steps 2000 --output "$folder/study" >/dev/null \
    && "$python" "$here/check_report.py" "$folder/study/report.html"
}

passed=0
failed=0
for check in "${checks[@]}"; do
  echo "== $check"
  started=$SECONDS
  if "$check"; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "WRONG: $check"; fi
  echo "   $((SECONDS - started)) s"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
