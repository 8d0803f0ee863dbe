/** The environment variable with the recorder's address. */
export const recorderVariable = 'CHITIN_CRASH_RECORDER';
