import type { Exposure } from '../../agent/plan.ts';
import type { Finding } from '../../problem.ts';
import type { SecretNeed } from '../../secrets/secret.ts';
import type { TomlTable } from './toml.ts';

export const gatewayPort = 42617;

/**
 * The token that people show to an exposed gateway. ZeroClaw takes plain tokens and SHA-256 hashes and tells them apart
 * by their form alone, so a plain token of 64 hexadecimal digits never matches (zeroclaw-config 0.8.7, pairing.rs).
 */
export const gatewaySecret: SecretNeed = {
  name: 'gateway',
  keys: {
    token:
      'bearer token for the gateway, such as "zc_" and 64 random hexadecimal digits; several are separated by commas (64 hexadecimal digits alone would be taken for a hash and never match)',
  },
  generated: { token: { type: 'token', prefix: 'zc_' } },
};

/** The hash of no token: with it ZeroClaw counts as paired, prints no pairing code into its log, and admits nobody. */
const nobody = '0'.repeat(64);

/**
 * `[gateway]`. It listens on every address, since the kubelet asks `/health` at the pod's; the fence decides who else
 * gets through. Nobody can pair at run time: pairing writes to `config.toml`, which is read-only, so the tokens of an
 * exposed gateway come from the environment and an unexposed one admits none. `gatewayFindings` lists what answers
 * without a token; the rest wants one, but `/admin` loopback, in part alone (zeroclaw-gateway 0.8.7, lib.rs, api_oidc.rs).
 */
export function gatewayTable(exposure: Exposure | undefined): TomlTable {
  return {
    host: '[::]',
    port: gatewayPort,
    allow_public_bind: true,
    require_pairing: true,
    paired_tokens: exposure ? undefined : [nobody],
    // Asks GitHub for releases, which the fence does not allow; Renovate does that.
    check_updates: false,
    web_dist_dir: '/usr/share/zeroclawlabs/web/dist',
  };
}

export function gatewayFindings(exposure: Exposure | undefined, metrics: boolean): Finding[] {
  if (!exposure) return [];
  return [
    {
      rule: 'zeroclaw-gateway-exposed',
      message: `${exposure.origin} leads to the whole gateway of ZeroClaw`,
      why: `Whoever holds the token commands the agent: chat, workspace, memory, scheduled jobs. Without one answer /health${metrics ? ', /metrics' : ''}, /pair, /pair/code, /api/pair, /api/oidc, /oidc, /hooks/claude-code, /api/docs, /api/openapi.json and the dashboard's files. A token cannot be revoked for good in the dashboard, since the configuration is read-only.`,
      help: 'Let people sign in at the gateway too, give the token to operators only, and change the Secret to revoke it.',
    },
  ];
}
