/** JSON path of a member: `$.spec.replicas`, `$.metadata.labels["a/b"]`. */
export function member(path: string, key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
}
