// Tells the thread sanitizer of the order that Swift's runtime makes, which was built without it. Linked into every program
// that is built for the sanitizer.
//
// The runtime has hooks for that, which the sanitizer should have it set at its start, and does not here. And they leave out
// two cases: a task whose continuation is resumed before it comes to wait goes on after what was done before that, and one
// that sleeps goes on after what was done before it slept.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stdlib.h>

struct Context;
typedef __attribute__((swiftasynccall)) void Resume(__attribute__((swift_async_context)) struct Context *context);
typedef __attribute__((swiftasynccall)) void Await(struct Context *context);

// How every asynchronous context begins (swift, ABI/Task.h, AsyncContext).
struct Context {
  struct Context *parent;
  Resume *resume;
};

extern __attribute__((swiftcall)) void *swift_task_getCurrent(void);
extern void __tsan_acquire(void *address);
extern void __tsan_release(void *address);

// The runtime's hooks (swift, Threading/ThreadSanitizer.cpp).
extern bool _swift_tsan_enabled;
extern void (*_swift_tsan_acquire)(void *address);
extern void (*_swift_tsan_release)(void *address);

// How the runtime's executor ends a sleep (libdispatch, dispatch/queue.h): whoever runs a job acquires its address.
typedef void RunAfter(unsigned long long when, void *queue, void *job, void (*work)(void *job));
static RunAfter *runAfter;

void dispatch_after_f(unsigned long long when, void *queue, void *job, void (*work)(void *job)) {
  __tsan_release(job);
  runAfter(when, queue, job, work);
}

static Await *await;
static __thread Resume *resume;

__attribute__((constructor)) static void find(void) {
  await = (Await *)dlsym(RTLD_NEXT, "swift_continuation_await");
  runAfter = (RunAfter *)dlsym(RTLD_NEXT, "dispatch_after_f");
  if (!await || !runAfter) abort();
  _swift_tsan_acquire = __tsan_acquire;
  _swift_tsan_release = __tsan_release;
  _swift_tsan_enabled = true;
}

// What the task goes on with where it does not have to wait: called by the runtime, on the same thread.
static __attribute__((swiftasynccall)) void goOn(__attribute__((swift_async_context)) struct Context *context) {
  // Whoever resumes a continuation releases its task's address.
  __tsan_acquire(swift_task_getCurrent());
  context->resume = resume;
  __attribute__((musttail)) return resume(context);
}

// In place of the runtime's function of this name (swift, Concurrency/Task.cpp), which it calls.
__attribute__((swiftasynccall)) void swift_continuation_await(struct Context *context) {
  resume = context->resume;
  context->resume = goOn;
  __attribute__((musttail)) return await(context);
}
