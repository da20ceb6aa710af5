import { createStore } from 'zustand/vanilla';
import type { Plan, Severity } from '../../electron/common/contract.ts';
import { type ParallelConfig, singleRank } from '../../electron/common/domain.ts';
import { type Failure, toFailure } from '../../electron/common/failure.ts';
import { severities } from '../../electron/common/schemas/plan.ts';
import type { EngineClient } from '../engineClient.ts';

export type PlanStatus =
  | { readonly kind: 'none' }
  | { readonly kind: 'making'; readonly wanted: ParallelConfig; readonly previous: Plan | null }
  | { readonly kind: 'ready'; readonly plan: Plan }
  | { readonly kind: 'failed'; readonly failure: Failure; readonly previous: Plan | null };

/** Lifetime: one plan, that is one checkpoint on one parallel set-up. */
export interface PlanState {
  readonly status: PlanStatus;
}

export function createPlanStore(client: EngineClient) {
  const store = createStore<PlanState>(() => ({ status: { kind: 'none' } }));
  let latest = 0;
  client.on('plan.ready', (plan) => store.setState({ status: { kind: 'ready', plan } }));
  client.on('checkpoint.opened', () => {
    latest += 1;
    store.setState({ status: { kind: 'none' } });
  });

  return Object.assign(store, {
    restore(plan: Plan | null): void {
      latest += 1;
      store.setState({ status: plan ? { kind: 'ready', plan } : { kind: 'none' } });
    },
    /** Asks for the plan of a changed set-up; of several answers only the last asked for counts. */
    async change(patch: Partial<ParallelConfig>): Promise<void> {
      const previous = shownPlan(store.getState());
      const wanted = clampRank({ ...shownParallel(store.getState()), ...patch });
      latest += 1;
      const turn = latest;
      store.setState({ status: { kind: 'making', wanted, previous } });
      try {
        const plan = await client.call('plan.make', { parallel: wanted });
        if (turn === latest) store.setState({ status: { kind: 'ready', plan } });
      } catch (error) {
        if (turn === latest) store.setState({ status: { kind: 'failed', failure: toFailure(error), previous } });
      }
    },
  });
}

export type PlanStore = ReturnType<typeof createPlanStore>;

/** The plan on screen: while a new one is made, the one before. */
export function shownPlan({ status }: PlanState): Plan | null {
  if (status.kind === 'ready') return status.plan;
  return status.kind === 'none' ? null : status.previous;
}

export function shownParallel({ status }: PlanState): ParallelConfig {
  if (status.kind === 'ready') return status.plan.parallel;
  if (status.kind === 'making') return status.wanted;
  return status.kind === 'failed' && status.previous ? status.previous.parallel : singleRank;
}

export function clampRank(parallel: ParallelConfig): ParallelConfig {
  const last = parallel.tensorParallelSize * parallel.dataParallelSize - 1;
  return { ...parallel, rank: Math.max(0, Math.min(parallel.rank, last)) };
}

export function countBySeverity(plan: Plan): Record<Severity, number> {
  const counts: Record<Severity, number> = { blocker: 0, silent: 0, warning: 0, note: 0 };
  for (const finding of plan.findings) counts[finding.severity] += 1;
  return counts;
}

/** Findings, the gravest first; the order within a severity is the plan's. */
export function findingsBySeverity(plan: Plan): Plan['findings'] {
  return severities.flatMap((severity) => plan.findings.filter((finding) => finding.severity === severity));
}
