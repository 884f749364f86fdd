#pragma once

/// 1 where this program counts; 0 where a sanitizer has taken the allocator's place.
int allocations_are_counted(void);

/// How often the calling thread has asked for memory so far.
long allocations_of_this_thread(void);
