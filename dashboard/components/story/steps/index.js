// The steps by name.

import { AimStep } from "./aim.js";
import { BlobStep } from "./blob.js";
import { DirectionsStep } from "./directions.js";
import { DrawStep } from "./draw.js";
import { EndStep } from "./end.js";
import { GuessStep } from "./guess.js";
import { HalvesStep } from "./halves.js";
import { KnobStep } from "./knob.js";
import { MagnifierStep } from "./magnifier.js";
import { MapStep } from "./map.js";
import { MatStep } from "./mat.js";
import { MutualStep } from "./mutual.js";
import { RingStep } from "./ring.js";
import { SigmaStep } from "./sigma.js";
import { SlopeStep } from "./slope.js";
import { StrictStep } from "./strict.js";
import { SurpriseStep } from "./surprise.js";
import { TrustStep } from "./trust.js";
import { TurnStep } from "./turn.js";
import { WaterStep } from "./water.js";

export const STEPS = {
  map: MapStep,
  halves: HalvesStep,
  ring: RingStep,
  knob: KnobStep,
  mat: MatStep,
  magnifier: MagnifierStep,
  turn: TurnStep,
  surprise: SurpriseStep,
  guess: GuessStep,
  directions: DirectionsStep,
  mutual: MutualStep,
  aim: AimStep,
  blob: BlobStep,
  slope: SlopeStep,
  strict: StrictStep,
  water: WaterStep,
  sigma: SigmaStep,
  draw: DrawStep,
  trust: TrustStep,
  end: EndStep,
};
