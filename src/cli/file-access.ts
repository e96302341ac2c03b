import { refused } from "../server/config/setting.ts";

/**
 * Does something with a file that the configuration names.
 * @param source where the file was named
 * @throws {CacheError} `INVALID_CONFIG` with the reason of the system, where the file is no such
 */
export function withFile<Result>(
  source: string,
  deed: "read" | "written",
  run: () => Result,
): Result {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error) || !("errno" in error)) throw error;
    throw refused(source, `the file cannot be ${deed} (${error.message})`);
  }
}
