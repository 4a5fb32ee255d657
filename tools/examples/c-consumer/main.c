/* A program of somebody else that moves images to another place: builds on what `cmake --install` installs, in C.
 *
 *     c-consumer OLD NEW PATH...
 *
 * says of each image what would become of it, does it, and asks whether Julia would take it there. */
#include <jireloc.h>
#include <signal.h>
#include <stdio.h>

static jireloc_cancel *cancel;

static void on_signal(int signal) {
  (void)signal;
  jireloc_cancel_request(cancel);
}

static int on_progress(const jireloc_progress *progress, void *user) {
  (void)user;
  fprintf(stderr, "\r%llu %s", (unsigned long long)progress->done, progress->things);
  return 0;
}

/* Prints a result and frees it; its status. */
static int say(const char *what, jireloc_result *result) {
  const int status = jireloc_result_status(result);
  printf("%s: status %d\n%s", what, status, jireloc_result_json(result));
  fputs(jireloc_result_messages(result), stderr);
  if (jireloc_result_error_code(result)[0] != '\0')
    fprintf(stderr, "%s: %s: %s %s\n", what, jireloc_result_error_code(result), jireloc_result_error_text(result),
            jireloc_result_error_file(result));
  jireloc_result_free(result);
  return status;
}

int main(int argc, char **argv) {
  if (jireloc_abi() < JIRELOC_ABI || argc < 4) {
    fprintf(stderr, "usage: c-consumer OLD NEW PATH...   with jireloc %s\n", jireloc_version());
    return 2;
  }
  const char *const *paths = (const char *const *)argv + 3;
  const size_t count = (size_t)argc - 3;
  jireloc_options *maps = jireloc_options_new(), *place = jireloc_options_new();
  cancel = jireloc_cancel_new();
  signal(SIGINT, on_signal);
  int status = jireloc_options_map(maps, argv[1], argv[2]) + jireloc_options_set(place, "depot", argv[2]) +
               jireloc_options_cancel_with(maps, cancel) + jireloc_options_on_progress(maps, on_progress, NULL);
  if (status == JIRELOC_WELL) status = say("plan", jireloc_plan(paths, count, maps));
  if (status == JIRELOC_WELL) status = say("rewrite", jireloc_rewrite(paths, count, maps));
  if (status == JIRELOC_WELL) status = say("check", jireloc_check(paths, count, place));
  jireloc_options_free(maps);
  jireloc_options_free(place);
  jireloc_cancel_free(cancel);
  return status;
}
