import { expect, test } from 'vitest';
import { cases } from './testing/cases.ts';
import { configOf } from './testing/wiring.ts';
import { zeroClaw } from './zeroclaw.ts';

test('Gemini has a family of its own without an address, and LiteLLM is asked for each fallback', () => {
  const { options, wiring } = cases['Gemini, then models of the cluster'];
  const plan = zeroClaw(options).plan(wiring);
  const config = configOf(plan);
  const uri = 'uri = "http://litellm.llm.svc.cluster.local:4000/v1"';
  expect(config.slice(config.indexOf('[providers'), config.indexOf('[gateway'))).toBe(`[providers.models.gemini.primary]
model = "gemini-2.5-flash"
fallback = ["custom.fallback_1", "custom.fallback_2", "custom.fallback_3"]

[providers.models.custom.fallback_1]
model = "llama3.1"
${uri}

[providers.models.custom.fallback_2]
model = "qwen3"
${uri}

[providers.models.custom.fallback_3]
model = "qwen2.5-coder:14b"
${uri}

`);
  expect(plan.containers[0].env).toMatchObject({
    ZEROCLAW_providers__models__gemini__primary__api_key: { secret: 'claw-google', key: 'api-key' },
    ZEROCLAW_providers__models__custom__fallback_1__api_key: { secret: 'claw-litellm', key: 'api-key' },
    ZEROCLAW_providers__models__custom__fallback_3__api_key: { secret: 'claw-litellm', key: 'api-key' },
  });
});
