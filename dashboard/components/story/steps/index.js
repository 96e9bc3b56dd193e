// The steps by name.

import { AimStep } from "./aim.js";
import { BlobStep } from "./blob.js";
import { DrawStep } from "./draw.js";
import { EndStep } from "./end.js";
import { HalvesStep } from "./halves.js";
import { KnobStep } from "./knob.js";
import { MapStep } from "./map.js";
import { StrictStep } from "./strict.js";
import { TrustStep } from "./trust.js";
import { TurnStep } from "./turn.js";

export const STEPS = {
  map: MapStep,
  halves: HalvesStep,
  knob: KnobStep,
  turn: TurnStep,
  aim: AimStep,
  blob: BlobStep,
  strict: StrictStep,
  draw: DrawStep,
  trust: TrustStep,
  end: EndStep,
};
