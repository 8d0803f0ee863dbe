/** When objects of a custom kind are healthy, as Flux's `healthCheckExprs` (CEL); Flux itself takes them as ready at once. */
const expressions: Readonly<Record<string, { readonly current: string; readonly failed?: string }>> = {
  // Accepted by each Gateway that it names (gateway-api 1.5, HTTPRouteStatus).
  'gateway.networking.k8s.io/v1/HTTPRoute': {
    current:
      "has(status.parents) && size(status.parents) > 0 && status.parents.all(p, p.conditions.exists(c, c.type == 'Accepted' && c.status == 'True'))",
    failed:
      "has(status.parents) && status.parents.exists(p, p.conditions.exists(c, c.type == 'Accepted' && c.status == 'False'))",
  },
  // Cilium 1.19 marks a policy that its agents could not parse.
  'cilium.io/v2/CiliumNetworkPolicy': {
    current: "!has(status.conditions) || !status.conditions.exists(c, c.type == 'Valid' && c.status == 'False')",
    failed: "has(status.conditions) && status.conditions.exists(c, c.type == 'Valid' && c.status == 'False')",
  },
};

/** The expressions for the kinds (`apiVersion/Kind`) that need one, in a fixed order. */
export function healthExpressions(
  kinds: readonly string[],
): { apiVersion: string; kind: string; current: string; failed?: string }[] {
  return Object.entries(expressions)
    .filter(([name]) => kinds.includes(name))
    .map(([name, expression]) => {
      const slash = name.lastIndexOf('/');
      return { apiVersion: name.slice(0, slash), kind: name.slice(slash + 1), ...expression };
    });
}
