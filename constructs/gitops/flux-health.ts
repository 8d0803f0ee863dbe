/**
 * When objects of a custom kind are healthy, as Flux's `healthCheckExprs` (CEL); Flux itself takes them as ready at once.
 * An object without `status` is an error to the expression, so a kind whose controller may write none must not be here:
 * CiliumNetworkPolicy is such a one.
 */
const expressions: Readonly<Record<string, { readonly current: string; readonly failed?: string }>> = {
  // Opened by the controller, which tells so in its status by default (sealed-secrets 0.38.4: pkg/apis/sealedsecrets/v1alpha1/types.go).
  'bitnami.com/v1alpha1/SealedSecret': {
    current: "has(status.conditions) && status.conditions.exists(c, c.type == 'Synced' && c.status == 'True')",
    failed: "has(status.conditions) && status.conditions.exists(c, c.type == 'Synced' && c.status == 'False')",
  },
  // Its Secret is there, with the values of the store (external-secrets 2.9: apis/externalsecrets/v1/externalsecret_types.go).
  'external-secrets.io/v1/ExternalSecret': {
    current: "has(status.conditions) && status.conditions.exists(c, c.type == 'Ready' && c.status == 'True')",
    failed: "has(status.conditions) && status.conditions.exists(c, c.type == 'Ready' && c.status == 'False')",
  },
  // Accepted by each Gateway that it names (gateway-api 1.5, HTTPRouteStatus).
  'gateway.networking.k8s.io/v1/HTTPRoute': {
    current:
      "has(status.parents) && size(status.parents) > 0 && status.parents.all(p, p.conditions.exists(c, c.type == 'Accepted' && c.status == 'True'))",
    failed:
      "has(status.parents) && status.parents.exists(p, p.conditions.exists(c, c.type == 'Accepted' && c.status == 'False'))",
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
