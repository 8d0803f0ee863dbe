/** Where a sealed value can be opened: under its own name, under any name of its namespace, or anywhere in the cluster. */
export type SealingScope = 'strict' | 'namespace-wide' | 'cluster-wide';

/** The annotations that declare a scope; a strict value has none. */
export function scopeAnnotations(scope: SealingScope): Readonly<Record<string, 'true'>> {
  return scope === 'strict' ? {} : { [`sealedsecrets.bitnami.com/${scope}`]: 'true' };
}

/** The scope that annotations declare, read as the controller does (`SecretScope` of sealed-secrets 0.38). */
export function declaredScope(annotations: Readonly<Record<string, unknown>>): SealingScope {
  const wider = ['cluster-wide', 'namespace-wide'] as const;
  return wider.find((scope) => annotations[`sealedsecrets.bitnami.com/${scope}`] === 'true') ?? 'strict';
}
