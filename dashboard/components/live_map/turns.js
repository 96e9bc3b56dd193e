// What a frame is for where a large decoder takes longer for one picture than a frame has.

export const FRAME_BUDGET = 8; // ms of decoding per frame beside what the hand asks for
const CALM_BUDGET = 24; // ms where nothing moves: a hand that comes then waits for one such frame
const CALM_AFTER = 500; // ms without a move

/** For how many ms of a frame the map's pictures may be decoded. */
export function budgetOf({ isWandering, path, fog, movedAt }) {
  const isCalm = !isWandering && !path.walk && !fog.isRolling && performance.now() - movedAt > CALM_AFTER;
  return isCalm ? CALM_BUDGET : FRAME_BUDGET;
}

const ALL = { moves: true, works: true, decodes: true };
const ONE_EACH = [
  { moves: true, works: false, decodes: false },
  { moves: false, works: false, decodes: true },
  { moves: false, works: true, decodes: false },
];

/**
 * While the map wanders there is something new to work out in every frame. Where a move alone takes the frame's time, moves, the map's
 * pictures and all else take turns, so that no frame decodes twice and nothing has to wait for the wandering to end; a hand always comes first.
 */
export function turnOf(liveMap, isDecoding) {
  if (!liveMap.isWandering || !(liveMap.moveTook > FRAME_BUDGET)) return ALL;
  liveMap.turns = ((liveMap.turns ?? 0) + 1) % 3;
  const turn = ONE_EACH[liveMap.turns];
  return turn.decodes && !isDecoding ? ONE_EACH[2] : turn;
}
