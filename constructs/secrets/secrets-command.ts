/**
 * The command with which a person changes a Secret: `chitin secrets set lab zeroclaw/claw-matrix password`.
 *
 * @param path of its file: `clusters/<cluster>/secrets/<namespace>/<name>.yaml`
 */
export function secretsCommand(verb: 'set' | 'generate' | 'remove', path: string, key: string): string {
  const [, cluster, , namespace, file] = path.split('/');
  return `chitin secrets ${verb} ${cluster} ${namespace}/${file?.replace(/\.yaml$/, '')} ${key}`;
}

/** The commands that give keys their values, one for each; what may be made up is. */
export function valueCommands(
  path: string,
  keys: readonly string[],
  generated: Readonly<Record<string, unknown>> = {},
): string {
  return keys.map((key) => secretsCommand(Object.hasOwn(generated, key) ? 'generate' : 'set', path, key)).join(' && ');
}
