/* jireloc from C, and from all that calls C: the shared library libjireloc.so.0.
 *
 * What the commands of jireloc do, without a process of its own. A call takes paths and options, works, and gives a
 * jireloc_result: a status, what the command says with --json, and what went wrong. The schemas of the JSON are those
 * of the command line.
 *
 *     const char *paths[] = {"/usr/share/julia/compiled"};
 *     jireloc_options *options = jireloc_options_new();
 *     jireloc_options_map(options, "/home/u/.julia", "/usr/share/julia");
 *     jireloc_result *result = jireloc_rewrite(paths, 1, options);
 *     if (jireloc_result_status(result) > JIRELOC_FINDINGS)
 *       fprintf(stderr, "%s\n%s", jireloc_result_error_text(result), jireloc_result_messages(result));
 *     fputs(jireloc_result_json(result), stdout);
 *     jireloc_result_free(result);
 *     jireloc_options_free(options);
 *
 * Ownership: what a function named ..._new, ..._open or a call gives is the caller's, and goes with the _free of its
 * type; _free takes NULL. Texts that are asked of an object belong to it and live as long as it does. No function keeps
 * a text or an array that it is given.
 *
 * Texts are bytes ended by NUL: paths as the system has them; all else UTF-8.
 *
 * Threads: different calls may run in different threads at the same time, with the same options too, as long as nobody
 * changes those meanwhile. Callbacks are called in the thread that makes the call, and in no other.
 *
 * The process: nothing is printed or read from standard input, no signal's handling is changed, no function ends the
 * process. The environment is read as by the program: JULIA_DEPOT_PATH, HOME, JULIA_PROJECT and SOURCE_DATE_EPOCH.
 * Nobody may change it meanwhile, as getenv(3) demands.
 *
 * Errors: no function fails for NULL in a place where it asks for something: the result then says so
 * (JIRELOC_USAGE). Memory that cannot be had is an error as others (`too-large`). */
#ifndef JIRELOC_H
#define JIRELOC_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a call came to; the worst of its items, but for the last as the program's exit statuses. */
enum {
  JIRELOC_WELL = 0,
  JIRELOC_FINDINGS = 1, /* stale, skipped, unproven, dropped */
  JIRELOC_USAGE = 2,    /* what was asked for makes no sense; nothing was done */
  JIRELOC_FAILED = 3,   /* an item failed or could not be read; see the JSON and the messages */
  JIRELOC_CANCELLED = 4 /* ended early as asked; every file is whole, and the same call again does the rest */
};

/* ---- This library ---- */

/* "0.1.0". Lives for ever. */
const char *jireloc_version(void);

/* Counts the additions to this header: a program that needs a function of ABI 2 asks for at least 2. What a number has
 * stays in all that follow; what breaks it gets another SONAME. */
#define JIRELOC_ABI 1
unsigned jireloc_abi(void);

/* ---- Results ---- */

typedef struct jireloc_result jireloc_result;

/* One of the above; JIRELOC_USAGE for NULL. */
int jireloc_result_status(const jireloc_result *result);

/* What the command says with --json: an object a line, one for each item, each with its "schema". Empty where there
 * were no items. Where a call was cancelled or failed: of those that were done by then. Never NULL. */
const char *jireloc_result_json(const jireloc_result *result);

/* What the program would say on standard error: lines. Empty, if all is well. Never NULL. */
const char *jireloc_result_messages(const jireloc_result *result);

/* Why a call as a whole failed: the code (`usage`, `io`, `interrupted`, ...: src/cli/CODES.md has all), a sentence, and
 * the file it speaks of. Empty where it did not, and the file also where it speaks of none. Of single items that failed
 * the JSON tells. Options are called as on the command line. Never NULL. */
const char *jireloc_result_error_code(const jireloc_result *result);
const char *jireloc_result_error_text(const jireloc_result *result);
const char *jireloc_result_error_file(const jireloc_result *result);

void jireloc_result_free(jireloc_result *result);

/* ---- Ending early ---- */

/* May be used for several calls. Must live longer than they, and than options that name it. */
typedef struct jireloc_cancel jireloc_cancel;

/* NULL where there is no memory. */
jireloc_cancel *jireloc_cancel_new(void);

/* Calls that have it end soon, with JIRELOC_CANCELLED; calls to come at once. From any thread, and from a handler of
 * signals: it is one store to memory. */
void jireloc_cancel_request(jireloc_cancel *cancel);

/* 1 where that was asked, else 0. */
int jireloc_cancel_requested(const jireloc_cancel *cancel);

void jireloc_cancel_free(jireloc_cancel *cancel);

/* ---- Options ---- */

typedef struct jireloc_options jireloc_options;

/* How far a call has come. More fields may come behind these: `size` tells how many bytes there are. */
typedef struct jireloc_progress {
  size_t size;
  const char *things; /* what is counted: "images", "items"; until the callback returns */
  uint64_t done;
  uint64_t total; /* 0: not known */
  uint64_t failed;
} jireloc_progress;

/* Called some ten times a second, in the thread that made the call, whether or not there is something new; and once at
 * the end. Anything but 0 cancels the call. It must return, by no longjmp or exception; it may make calls. */
typedef int (*jireloc_progress_function)(const jireloc_progress *progress, void *user);

/* NULL where there is no memory. */
jireloc_options *jireloc_options_new(void);

/* Adds an option of the command line by its long name, without dashes: "depot", "/a:/b"; "dry-run", NULL. One that may
 * be repeated is added once more; of others the last counts. Whether the command has it, and what its value means, is
 * looked at by the call. 0, or JIRELOC_USAGE and nothing done: NULL, no name of an option, or one that is for programs
 * alone (json, color, help, quiet, verbose); or JIRELOC_FAILED where there is no memory. "limit" and "user", which would
 * change the process, and "files-from" with standard input, are refused by the call. */
int jireloc_options_set(jireloc_options *options, const char *name, const char *value);

/* The option map: what lay below `from` lies below `to`. As jireloc_options_set; '=' in names needs no care. */
int jireloc_options_map(jireloc_options *options, const char *from, const char *to);

/* NULL for `function` or `cancel`: none. JIRELOC_USAGE where `options` is NULL, else 0. */
int jireloc_options_on_progress(jireloc_options *options, jireloc_progress_function function, void *user);
int jireloc_options_cancel_with(jireloc_options *options, jireloc_cancel *cancel);

void jireloc_options_free(jireloc_options *options);

/* What one item may cost, for all calls of this process: as --limit NAME=VALUE, with the value as a number. To be set
 * before calls are made. 0, or JIRELOC_USAGE where there is no such limit. */
int jireloc_set_limit(const char *name, uint64_t value);

/* ---- Calls ---- */

/* Options may be NULL: none. The result is never NULL. `paths` are images or folders that are searched for them. */

/* What images say of themselves (jireloc inspect); with the option "header" the quick part of it. */
jireloc_result *jireloc_inspect(const char *const *paths, size_t count, const jireloc_options *options);

/* Which paths are in the compiled code (jireloc scan). */
jireloc_result *jireloc_scan(const char *const *paths, size_t count, const jireloc_options *options);

/* Whether Julia would load images, and if not, why (jireloc check). A folder may be a depot. */
jireloc_result *jireloc_check(const char *const *paths, size_t count, const jireloc_options *options);

/* Why Julia compiles a package again (jireloc check --explain). */
jireloc_result *jireloc_explain(const char *package, const jireloc_options *options);

/* What jireloc_rewrite would do, with the same options: nothing is written. */
jireloc_result *jireloc_plan(const char *const *paths, size_t count, const jireloc_options *options);

/* Images for a new place, in place or below the option "output-dir" (jireloc rewrite). */
jireloc_result *jireloc_rewrite(const char *const *paths, size_t count, const jireloc_options *options);

/* What may be cached of depot `from` goes into depot `to` (jireloc relocate). */
jireloc_result *jireloc_relocate(const char *from, const char *to, const jireloc_options *options);

/* What of a depot is not as it should be; with the option "delete" it is removed (jireloc prune). */
jireloc_result *jireloc_prune(const char *depot, const jireloc_options *options);

/* ---- One image ---- */

typedef struct jireloc_image jireloc_image;

/* Reads the header of the image at `path`. NULL where that fails: then `*problem` is a result that tells why, if
 * `problem` is not NULL; else `*problem` is NULL. The file is not kept open: what follows goes by its path. */
jireloc_image *jireloc_image_open(const char *path, jireloc_result **problem);

/* Its header as it was then: what jireloc inspect --header --json says, an object. Never NULL. */
const char *jireloc_image_header(const jireloc_image *image);

/* As jireloc_check, jireloc_plan and jireloc_rewrite of that one image. */
jireloc_result *jireloc_image_check(const jireloc_image *image, const jireloc_options *options);
jireloc_result *jireloc_image_plan(const jireloc_image *image, const jireloc_options *options);
jireloc_result *jireloc_image_rewrite(const jireloc_image *image, const jireloc_options *options);

void jireloc_image_free(jireloc_image *image);

#ifdef __cplusplus
}
#endif

#endif
