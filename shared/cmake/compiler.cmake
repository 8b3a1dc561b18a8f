# Compiler checks, warnings and hardening for every target.

# ccache turns a rebuild of an unchanged file into a copy; absent, everything works without it.
find_program(AIHUB_CCACHE ccache)
if(AIHUB_CCACHE)
  # A precompiled header is cached only when ccache may ignore what it says of times.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${AIHUB_CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${AIHUB_CCACHE})
endif()

# g++ 11 and 12 miscompile `if (co_await f()) co_return a; co_return b;` without a warning, so no
# compiler is trusted by its name: a small program is built and *run*. Result is cached.
if(NOT DEFINED AIHUB_COROUTINE_CANARY OR NOT AIHUB_CANARY_COMPILER STREQUAL CMAKE_CXX_COMPILER)
  try_run(canary_exit canary_built ${CMAKE_BINARY_DIR}/canary
    SOURCES ${CMAKE_SOURCE_DIR}/shared/cmake/coroutine_canary.cpp
    CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON
    COMPILE_OUTPUT_VARIABLE canary_log)
  if(NOT canary_built)
    message(FATAL_ERROR "${CMAKE_CXX_COMPILER} cannot build C++20 coroutines. Install clang-19 and run "
      "`make CXX=clang++-19` (or plain `make`, which picks it).\n${canary_log}")
  endif()
  if(NOT canary_exit EQUAL 0)
    message(FATAL_ERROR "${CMAKE_CXX_COMPILER} miscompiles coroutines (the canary program gave a wrong "
      "answer: ${canary_exit}). g++ 11 and 12 are known to. Install clang-19 and run "
      "`make CXX=clang++-19` (or plain `make`, which picks it).")
  endif()
  set(AIHUB_COROUTINE_CANARY passed CACHE INTERNAL "the compiler handles coroutines")
  set(AIHUB_CANARY_COMPILER ${CMAKE_CXX_COMPILER} CACHE INTERNAL "compiler that the canary ran on")
endif()

add_compile_options(-Wall -Wextra -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast)
add_compile_options(-fstack-protector-strong)
if(CMAKE_BUILD_TYPE STREQUAL Release)
  add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
  add_link_options(-Wl,-z,relro,-z,now -Wl,--gc-sections)
  add_compile_options(-ffunction-sections -fdata-sections)
endif()
if(NOT CMAKE_BUILD_TYPE STREQUAL Release)
  add_compile_options(-fno-omit-frame-pointer)  # readable stacks in sanitizer reports
endif()
if(CMAKE_BUILD_TYPE STREQUAL Debug)
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
endif()
if(AIHUB_SANITIZE)
  add_compile_options(-fsanitize=${AIHUB_SANITIZE} -fno-sanitize-recover=all -g)
  add_link_options(-fsanitize=${AIHUB_SANITIZE})
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL Clang)
  find_program(AIHUB_LLD NAMES ld.lld-19 ld.lld)
  if(AIHUB_LLD)
    add_link_options(-fuse-ld=${AIHUB_LLD})
    if(CMAKE_BUILD_TYPE STREQUAL Release)
      # A tenth less CPU a request: the path of a request crosses many small modules. The cache keeps relinking quick.
      add_compile_options(-flto=thin)
      add_link_options(-flto=thin -Wl,--thinlto-cache-dir=${CMAKE_BINARY_DIR}/lto-cache)
    endif()
  endif()
endif()
