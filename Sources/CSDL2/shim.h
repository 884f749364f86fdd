#pragma once
#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>

// SDL is loaded when the first picture is drawn, not at the start of the program: its fifty libraries
// would cost every start 3 milliseconds, and programs that draw nothing run without them. What rlgym uses
// is declared here as in the headers of SDL 2, whose binary interface is fixed, so that building needs
// none of them.

/// Memory that is drawn into; only the first fields are declared, and only SDL makes surfaces.
typedef struct {
  uint32_t flags;
  void *_Nonnull format;
  int w;
  int h;
  /// The bytes of a row.
  int pitch;
  void *_Nullable pixels;
} SDL_Surface;

/// A rectangle, in pixels.
typedef struct {
  int x, y, w, h;
} SDL_Rect;

/// What happened; only the fields that rlgym reads are declared.
typedef union {
  uint32_t type;
  struct {
    uint32_t type, timestamp, window;
    uint8_t event;
  } window;
  struct {
    uint32_t type, timestamp, window;
    uint8_t state, repeat, padding[2];
    struct {
      int scancode;
      int sym;
    } keysym;
  } key;
  uint64_t size[7];
} SDL_Event;

_Static_assert(
    offsetof(SDL_Surface, w) == 16 && offsetof(SDL_Surface, pitch) == 24
        && offsetof(SDL_Surface, pixels) == 32,
    "SDL_Surface");
_Static_assert(
    sizeof(SDL_Event) == 56 && offsetof(SDL_Event, window.event) == 12
        && offsetof(SDL_Event, key.repeat) == 13 && offsetof(SDL_Event, key.keysym.sym) == 20,
    "SDL_Event");

enum {
  SDL_INIT_VIDEO = 0x20,
  SDL_WINDOW_RESIZABLE = 0x20,
  SDL_WINDOWPOS_CENTERED = 0x2FFF0000,
  SDL_PIXELFORMAT_RGB888 = 0x16161804,

  SDL_QUIT = 0x100,
  SDL_WINDOWEVENT = 0x200,
  SDL_KEYDOWN = 0x300,
  SDL_KEYUP = 0x301,

  SDL_WINDOWEVENT_EXPOSED = 3,
  SDL_WINDOWEVENT_SIZE_CHANGED = 6,
  SDL_WINDOWEVENT_FOCUS_LOST = 13,
  SDL_WINDOWEVENT_CLOSE = 14,

  SDLK_TAB = 9,
  SDLK_RETURN = 13,
  SDLK_ESCAPE = 27,
  SDLK_SPACE = 32,
  SDLK_RIGHT = 0x4000004F,
  SDLK_LEFT = 0x40000050,
  SDLK_DOWN = 0x40000051,
  SDLK_UP = 0x40000052,
  SDLK_KP_MINUS = 0x40000056,
  SDLK_KP_PLUS = 0x40000057,
  SDLK_KP_ENTER = 0x40000058,
};

/// A renderer of SDL's.
typedef struct SDL_Renderer SDL_Renderer;
/// A window of SDL's.
typedef struct SDL_Window SDL_Window;

#define RLGYM_SURFACE SDL_Surface *_Nonnull
#define RLGYM_RENDERER SDL_Renderer *_Nonnull
#define RLGYM_WINDOW SDL_Window *_Nonnull
#define RLGYM_TEXT const char *_Nonnull
#define RLGYM_COLOR uint8_t red, uint8_t green, uint8_t blue, uint8_t alpha

// The result, the name and the parameters of each function.
#define RLGYM_SDL_FUNCTIONS(f)                                                                  \
  f(SDL_Surface *_Nullable, SDL_CreateRGBSurfaceWithFormat,                                     \
    (uint32_t flags, int width, int height, int depth, uint32_t format))                        \
  f(void, SDL_FreeSurface, (RLGYM_SURFACE))                                                     \
  f(SDL_Renderer *_Nullable, SDL_CreateSoftwareRenderer, (RLGYM_SURFACE))                       \
  f(void, SDL_DestroyRenderer, (RLGYM_RENDERER))                                                \
  f(int, SDL_RenderFlush, (RLGYM_RENDERER))                                                     \
  f(int, SDL_FillRect, (RLGYM_SURFACE, const SDL_Rect *_Nullable, uint32_t color))              \
  f(const char *_Nullable, SDL_GetError, (void))                                                \
  f(int, SDL_SetHint, (RLGYM_TEXT name, RLGYM_TEXT value))                                      \
  f(int, SDL_InitSubSystem, (uint32_t flags))                                                   \
  f(void, SDL_QuitSubSystem, (uint32_t flags))                                                  \
  f(SDL_Window *_Nullable, SDL_CreateWindow,                                                    \
    (RLGYM_TEXT title, int x, int y, int width, int height, uint32_t flags))                    \
  f(void, SDL_DestroyWindow, (RLGYM_WINDOW))                                                    \
  f(void, SDL_SetWindowTitle, (RLGYM_WINDOW, RLGYM_TEXT title))                                 \
  f(void, SDL_SetWindowMinimumSize, (RLGYM_WINDOW, int width, int height))                      \
  f(SDL_Surface *_Nullable, SDL_GetWindowSurface, (RLGYM_WINDOW))                               \
  f(int, SDL_UpdateWindowSurface, (RLGYM_WINDOW))                                               \
  f(int, SDL_UpperBlit,                                                                         \
    (RLGYM_SURFACE, const SDL_Rect *_Nullable from, RLGYM_SURFACE, SDL_Rect *_Nullable to))     \
  f(int, SDL_PollEvent, (SDL_Event *_Nonnull))                                                  \
  f(int, SDL_WaitEventTimeout, (SDL_Event *_Nonnull, int milliseconds))

#define RLGYM_SDL_GFX_FUNCTIONS(f)                                                              \
  f(int, filledPolygonRGBA,                                                                     \
    (RLGYM_RENDERER, const int16_t *_Nonnull x, const int16_t *_Nonnull y, int count,           \
     RLGYM_COLOR))                                                                              \
  f(int, aacircleRGBA, (RLGYM_RENDERER, int16_t x, int16_t y, int16_t radius, RLGYM_COLOR))     \
  f(int, filledCircleRGBA, (RLGYM_RENDERER, int16_t x, int16_t y, int16_t radius, RLGYM_COLOR)) \
  f(int, hlineRGBA, (RLGYM_RENDERER, int16_t x1, int16_t x2, int16_t y, RLGYM_COLOR))           \
  f(int, vlineRGBA, (RLGYM_RENDERER, int16_t x, int16_t y1, int16_t y2, RLGYM_COLOR))           \
  f(int, boxRGBA,                                                                               \
    (RLGYM_RENDERER, int16_t x1, int16_t y1, int16_t x2, int16_t y2, RLGYM_COLOR))              \
  f(int, characterRGBA, (RLGYM_RENDERER, int16_t x, int16_t y, char character, RLGYM_COLOR))

#define RLGYM_FIELD(result, name, parameters) result (*_Nonnull name) parameters;
#define RLGYM_LOAD(result, name, parameters)                          \
  if (!(*(void **)&table->name = dlsym(library, #name))) return #name;

/// The functions of SDL2 and SDL2_gfx that rlgym calls.
typedef struct {
  RLGYM_SDL_FUNCTIONS(RLGYM_FIELD)
  RLGYM_SDL_GFX_FUNCTIONS(RLGYM_FIELD)
} rlgym_sdl_functions;

/// Loads the libraries and fills the table. Returns NULL, or the name of what is missing.
static inline const char *_Nullable rlgym_sdl_load(rlgym_sdl_functions *_Nonnull table) {
  void *library = dlopen("libSDL2-2.0.so.0", RTLD_NOW);
  if (!library) return "libSDL2-2.0.so.0";
  RLGYM_SDL_FUNCTIONS(RLGYM_LOAD)
  library = dlopen("libSDL2_gfx-1.0.so.0", RTLD_NOW);
  if (!library) return "libSDL2_gfx-1.0.so.0";
  RLGYM_SDL_GFX_FUNCTIONS(RLGYM_LOAD)
  return 0;
}

#undef RLGYM_SURFACE
#undef RLGYM_RENDERER
#undef RLGYM_WINDOW
#undef RLGYM_TEXT
#undef RLGYM_COLOR
#undef RLGYM_FIELD
#undef RLGYM_LOAD
