#pragma once
#include <dlfcn.h>
#include <hdf5/serial/hdf5.h>
