/** The version that is written: the one of Redis 7.0, which every later one reads. */
export const VERSION_WRITTEN = 10;
/** The latest version that is read: the one of Redis 7.2 and Valkey 8. */
export const VERSION_READ_MAX = 11;
