import { type Admission, Breakers, type Ending, type Pass } from "../../../src/routing/health/Breakers.ts"
import { Latencies } from "../../../src/routing/health/Latencies.ts"
import { RetryBudget } from "../../../src/routing/health/RetryBudget.ts"

/** Breakers that write down whom they let pass and what they were told. */
export class SpiedBreakers extends Breakers {
  readonly passes: Array<Pass> = []
  readonly endings: Array<Ending> = []

  override admit(...asked: Parameters<Breakers["admit"]>): Admission {
    const admission = super.admit(...asked)
    if (admission.passes) this.passes.push(admission.pass)
    return admission
  }

  override settle(pass: Pass, ending: Ending): void {
    if (!pass.settled) this.endings.push(ending)
    super.settle(pass, ending)
  }
}

/** A retry budget that counts what was taken. */
export class SpiedBudget extends RetryBudget {
  readonly taken: Array<string> = []

  override take(provider: string, now: number): boolean {
    const isTaken = super.take(provider, now)
    if (isTaken) this.taken.push(provider)
    return isTaken
  }
}

/** Latencies that write down what was noted and told. */
export class SpiedLatencies extends Latencies {
  readonly noted: Array<{ readonly target: string; readonly ms: number }> = []
  readonly told: Array<{ readonly target: string; readonly ms: number | undefined }> = []

  override note(target: string, ms: number): void {
    this.noted.push({ target, ms })
    super.note(target, ms)
  }

  override p95(target: string): number | undefined {
    const ms = super.p95(target)
    this.told.push({ target, ms })
    return ms
  }
}
