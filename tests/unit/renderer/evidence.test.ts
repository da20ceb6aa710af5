import { describe, expect, it } from 'vitest';
import type { Checkpoint, Plan } from '../../../electron/common/contract.ts';
import { singleRank } from '../../../electron/common/domain.ts';
import { Session } from '../../../electron/engine/session/session.ts';
import { homeOf, selectionOf } from '../../../renderer/stores/targets.ts';
import { brokenCheckpoint } from '../../support/brokenCheckpoints.ts';
import { brokenCases } from '../engine/session/brokenCases.ts';

interface Shown {
  readonly checkpoint: Checkpoint;
  readonly plan: Plan;
}

/** What the page is told of a folder, values included. */
async function shown(folder: string, ranks = 1): Promise<Shown> {
  let checkpoint: Checkpoint | null = null;
  const session = new Session({
    addonPath: 'none',
    version: 'test',
    emit: (event, payload) => {
      if (event === 'checkpoint.opened') checkpoint = payload as Checkpoint;
    },
    emitStep: () => undefined,
  });
  const opened = await session.open(folder);
  if (!opened.ok) throw new Error(opened.failure.message);
  session.makePlan({ ...singleRank, tensorParallelSize: ranks });
  const plan = await session.checkValues();
  session.close();
  if (checkpoint === null) throw new Error('no checkpoint was told');
  return { checkpoint, plan };
}

/** Evidence that a press on it would not show, one line each. */
function deadEnds({ checkpoint, plan }: Shown): string[] {
  return plan.findings.flatMap(({ code, evidence }) =>
    evidence
      .filter(({ target }) => target !== undefined && selectionOf(target, checkpoint, plan) === null)
      .map(({ text, target }) => `${code}: "${text}" leads to ${target?.kind} ${target?.name}`),
  );
}

describe('evidence', () => {
  it.each(brokenCases)('of "%s" leads to what the views can show', async (_name, options) => {
    const told = await shown(brokenCheckpoint(options));
    expect(deadEnds(told)).toEqual([]);
    for (const { evidence } of told.plan.findings)
      for (const { target } of evidence) if (target) expect(homeOf[target.kind]).toBeDefined();
  });

  it('of findings about one set-up leads there under that set-up', async () => {
    const [, options] = brokenCases.find(([name]) => name === 'healthy fp8') ?? [];
    expect(deadEnds(await shown(brokenCheckpoint(options ?? {}), 2))).toEqual([]);
  });
});
