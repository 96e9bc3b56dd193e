// Tells the browser the language of the page, which it cannot know: by it a voice reads, lines break, and letters take their shape.

export default function ({ data, parentElement }) {
  (parentElement.host ?? parentElement).style.display = "none";
  document.documentElement.lang = data.language;
}
//# sourceURL=tongue.js
