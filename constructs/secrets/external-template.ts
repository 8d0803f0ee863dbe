import type { Problem } from '../problem.ts';

/** Files that the operator puts together from parts, for a store that holds the parts and not the files. */
export interface FileTemplate {
  /** Properties of the entry that the files are made of. */
  readonly parts: readonly string[];
  /**
   * Key of the Secret to its text, a Go template in which `{{ .part }}` is the value of a part, with the functions of sprig.
   * It is in Git as it stands, so nothing in it may be a secret.
   */
  readonly files: Readonly<Record<string, string>>;
}

/** What `spec.data` and `spec.target.template` of an ExternalSecret are. */
export interface Templated {
  /** Properties to fetch. */
  readonly properties: readonly string[];
  /** Undefined when each property is a key as it stands, and no type is asked for. */
  readonly template: Readonly<Record<string, unknown>> | undefined;
}

/** With a template that has text, the operator makes its keys and no others (`ApplyTemplate`, `mergePolicy: Replace`). */
export function templated(
  keys: readonly string[],
  type: string | undefined,
  template: FileTemplate | undefined,
): Templated {
  const typed = type === undefined ? {} : { type };
  if (!template) return { properties: keys, template: type === undefined ? undefined : typed };
  const plain = keys.filter((key) => !Object.hasOwn(template.files, key));
  const asItStands = plain.map((key) => [key, `{{ index . ${JSON.stringify(key)} }}`] as const);
  return {
    properties: [...new Set([...plain, ...template.parts])],
    template: {
      ...typed,
      engineVersion: 'v2',
      mergePolicy: 'Replace',
      data: { ...Object.fromEntries(asItStands), ...template.files },
    },
  };
}

/** That a template makes files that nothing needs. */
export function templateProblems(id: string, keys: readonly string[], template: FileTemplate | undefined): Problem[] {
  const more = Object.keys(template?.files ?? {}).filter((key) => !keys.includes(key));
  if (more.length === 0) return [];
  return [
    {
      message: `externalSecrets(): the template of ${id} makes ${more.join(', ')}, which no app needs`,
      help: `Remove it, or correct the name. Needed are: ${keys.join(', ')}.`,
    },
  ];
}

/** That templates are for Secrets that nothing needs. */
export function unusedTemplates(
  templates: Readonly<Record<string, FileTemplate>>,
  needed: ReadonlySet<string>,
): Problem[] {
  return Object.keys(templates)
    .filter((id) => !needed.has(id))
    .map((id) => ({
      message: `externalSecrets(): there is a template for ${id}, which no app needs`,
      help: `Remove it, or correct the name. Needed are: ${[...needed].sort().join(', ')}.`,
    }));
}
