/**
 * What stands in a file in the place of a value's type, where something else than a key follows.
 */
export const SLOT_INFO = 244;
export const FUNCTION_LIBRARY = 245;
export const FUNCTION_LIBRARY_DRAFT = 246;
export const MODULE_AUX = 247;
export const IDLE = 248;
export const FREQUENCY = 249;
export const AUX = 250;
export const RESIZE_DATABASE = 251;
export const EXPIRE_TIME_MS = 252;
export const EXPIRE_TIME_SECONDS = 253;
export const SELECT_DATABASE = 254;
export const END_OF_FILE = 255;
