// What is asked before and after the story: each question names the step that answers it, and its right answer.

export const QUESTIONS = [
  { name: "latent", step: "halves", answers: ["a", "b", "c"], right: "b" },
  { name: "dots", step: "halves", answers: ["a", "b", "c"], right: "c" },
  { name: "terms", step: "strict", answers: ["a", "b", "c"], right: "a" },
  { name: "beta", step: "strict", answers: ["a", "b", "c"], right: "b" },
  { name: "trust", step: "trust", answers: ["a", "b", "c"], right: "c" },
];
export const UNSURE = "unsure";
export const PHASES = ["before", "after"];
