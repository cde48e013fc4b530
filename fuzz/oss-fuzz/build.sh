#!/bin/bash -eu
# SPDX-License-Identifier: Apache-2.0
# Builds all fuzz targets into $OUT, each with its dictionary, options and seeds: OSS-Fuzz calls this with CC, CXX,
# CFLAGS, CXXFLAGS, LIB_FUZZING_ENGINE, SRC and OUT. fuzz/README.md tells how to try it without OSS-Fuzz.
wspc=$SRC/wspc
build=${WORK:-$OUT/..}/wspc-build

# Where the sources are not beside wspc, those of the system are taken.
found=()
if [ -d "$SRC/xsimd" ]; then found+=("-DWSPC_XSIMD_INCLUDE_DIR=$SRC/xsimd/include"); fi
if [ -d "$SRC/llhttp" ]; then
  found+=("-DWSPC_LLHTTP_SOURCE_DIR=$SRC/llhttp/src" "-DWSPC_LLHTTP_INCLUDE_DIR=$SRC/llhttp/include")
fi

# The target of websocket.h is made of its tests. A googletest of the system's would be built with another C++ library.
if [ -d "$SRC/googletest" ]; then
  cmake -S "$SRC/googletest" -B "$build-googletest" -G Ninja -DCMAKE_BUILD_TYPE=None -DCMAKE_C_COMPILER="$CC" \
    -DCMAKE_CXX_COMPILER="$CXX" -DCMAKE_CXX_FLAGS="$CXXFLAGS" -DBUILD_GMOCK=OFF \
    -DCMAKE_INSTALL_PREFIX="$build-googletest/installed"
  cmake --build "$build-googletest" --target install
  found+=("-DCMAKE_PREFIX_PATH=$build-googletest/installed")
fi

# The machines that run the fuzzers have no libcrypto: it is linked statically. The flags that say how to
# optimise and instrument are OSS-Fuzz's, so there is no build type of ours.
cmake -S "$wspc" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=None -DCMAKE_C_COMPILER="$CC" -DCMAKE_CXX_COMPILER="$CXX" \
  -DCMAKE_C_FLAGS="$CFLAGS" -DCMAKE_CXX_FLAGS="$CXXFLAGS" -DOPENSSL_USE_STATIC_LIBS=ON \
  -DWSPC_BUILD_FUZZ=ON -DWSPC_FUZZ_ENGINE="$LIB_FUZZING_ENGINE" \
  -DWSPC_BUILD_TESTS=OFF -DWSPC_BUILD_TOOLS=OFF -DWSPC_BUILD_SHARED=OFF "${found[@]}"
cmake --build "$build" --target wspc_fuzzers

for target in $("$wspc/fuzz/run" --list); do
  name=wspc_fuzz_$target
  cp "$build/fuzz/$name" "$OUT/"
  cp "$wspc/fuzz/libfuzzer.options" "$OUT/$name.options"
  if [ -f "$build/fuzz/$name.dict" ]; then cp "$build/fuzz/$name.dict" "$OUT/"; fi
  (cd "$wspc/fuzz/corpus/$target" && zip -q "$OUT/${name}_seed_corpus.zip" ./*)
done
