#!/usr/bin/env bash
# A package that depends on rlgym by URL and version builds and trains an environment of its own.
#
# The checked-out files are committed to a repository in a temporary folder with the tag 0.1.0; the package beside this script
# depends on that. Its caches are its own, as a version may not change its contents elsewhere.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

mkdir "$folder/rlgym"
git -C "$root" ls-files -z | (cd "$root" && xargs -0 tar c --ignore-failed-read 2>/dev/null) | tar x -C "$folder/rlgym"
git -C "$folder/rlgym" init -q
git -C "$folder/rlgym" add -A
git -C "$folder/rlgym" -c user.name=test -c user.email=test@example.com commit -qm "A version"
git -C "$folder/rlgym" tag 0.1.0

cp -r "$here/Walk" "$folder/Walk"
sed -i "s|https://example.com/rlgym|file://$folder/rlgym|" "$folder/Walk/Package.swift"
cd "$folder/Walk"
swift run --cache-path "$folder/cache" --security-path "$folder/security" Walk | tee "$folder/output"
grep -q "Corridor: 1024 steps" "$folder/output"
echo "1 passed, 0 failed"
