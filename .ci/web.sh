#!/usr/bin/env bash
# Builds the site into target/site: the browser's module with its rooms, style sheet, icons, font and public files, with hashed
# names, precompressed copies and manifest.json. What did not change is not made again.
#
#   .ci/web.sh [--fast]    --fast: a module that is quick to build and large, for working on it.
. "$(dirname "$0")/lib.sh"

tools=$root/end2end/node_modules
profile=wasm
[ "${1:-}" = --fast ] && profile=wasm-fast
work=$root/target/web
mkdir -p "$work"

compile() {
  local extra=()
  [ $profile = wasm ] || extra=(--config 'profile.wasm-fast.inherits="wasm"' --config 'profile.wasm-fast.lto="off"'
    --config 'profile.wasm-fast.codegen-units=16' --config 'profile.wasm-fast.opt-level=1' --config 'profile.wasm-fast.incremental=true')
  # The relocations tell the splitter which function needs which; they do not reach the site.
  "$root/.ci/wasm-cargo.sh" rustc "${extra[@]}" --locked -p longshore-frontend --lib --profile $profile -- -C link-arg=--emit-relocs
}

# The features rustc turns on for this target; wasm-opt has to be told. No -Os or -Oz: what they do makes the module
# smaller unpacked but less alike, and so a tenth bigger on the wire (measured: 608 kB against 559 kB with -O1, and
# 551 kB when arguments that nobody reads are dropped in between).
features=(--enable-bulk-memory --enable-bulk-memory-opt --enable-nontrapping-float-to-int --enable-sign-ext
  --enable-mutable-globals --enable-multivalue --enable-reference-types)
shrink() {
  if [ $profile = wasm ]; then
    node "$tools/binaryen/bin/wasm-opt" -O1 --dae-optimizing -O1 "${features[@]}" "$1" -o "$2"
  else
    cp "$1" "$2"
  fi
}

# Into module/: longshore.js with its snippets, longshore_bg.wasm, rooms.js, rooms.json and the rooms' modules.
bind() {
  local file main
  rm -rf "$work/bound" "$work/module"
  mkdir -p "$work/bound" "$work/module"
  "$cache/bindgen/bindgen" "$module" longshore "$work/bound" || return 1
  shrink "$work/bound/longshore_bg.wasm" "$work/module/longshore_bg.wasm" &
  main=$!
  for file in "$work/bound/"*.wasm; do
    [ "${file##*/}" = longshore_bg.wasm ] || shrink "$file" "$work/module/${file##*/}" || return 1
  done
  wait $main || return 1
  mv "$work/bound/"*.js "$work/bound/"*.json "$work/module"
  # What the code says in JavaScript itself.
  [ ! -d "$work/bound/snippets" ] || mv "$work/bound/snippets" "$work/module"
  rm -rf "$work/bound"
}

# key FILE... of what goes in; `fresh STAMP KEY` says whether it was the same last time.
fresh() { [ -f "$work/$1" ] && [ "$(cat "$work/$1")" = "$2" ]; }

with_progress "Browser module: compile" "$work/compile.log" compile
module=$web_target/wasm32-unknown-unknown/$profile/frontend.wasm

bound=$(cat "$module" "$cache/bindgen/bindgen" "$root/end2end/package-lock.json" "$root/.ci/web.sh" | short_hash)
if ! fresh bound.key "$bound"; then
  rm -f "$work/bound.key"
  with_progress "Browser module: bind and shrink" "$work/bind.log" bind
  printf '%s' "$bound" >"$work/bound.key"
fi

assets=$({ printf "%s" "$bound"; cd "$root" && { find style public end2end/build frontend/editor -type f -print0 2>/dev/null || true; } | sort -z | xargs -0 sha256sum; } | short_hash)
if ! fresh assets.key "$assets" || [ ! -f "$site/manifest.json" ]; then
  rm -f "$work/assets.key"
  with_progress "Assets: style, editor, icons, font, compression" "$work/assets.log" node "$root/end2end/build/assets.mjs" "$work/module" "$site"
  printf '%s' "$assets" >"$work/assets.key"
fi
