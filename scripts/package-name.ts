/** Name under which the library and its command line are published, and by which other repositories import them. */
export const packageName = '@chitin-dev/chitin';
