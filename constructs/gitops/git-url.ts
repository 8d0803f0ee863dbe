/**
 * Throws unless a URL is one that a GitOps engine can read a Git repository from, and shows no credentials. The message
 * never repeats the URL, which may hold some.
 *
 * @param engine as it is called: `flux()`
 * @param secret where credentials belong: 'the Secret `repository.secret`'
 */
export function checkGitUrl(engine: string, text: string, secret: string): void {
  const url = URL.parse(text);
  if (!url || !['https:', 'ssh:', 'http:'].includes(url.protocol)) {
    throw new Error(`${engine}: \`repository.url\` is not an https:// or ssh:// URL`);
  }
  if (url.password !== '' || (url.username !== '' && url.protocol !== 'ssh:')) {
    throw new Error(
      `${engine}: \`repository.url\` holds credentials, and dist would show them. Put them into ${secret}.`,
    );
  }
}
