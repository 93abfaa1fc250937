// The same markup leaves the drawn one as it is; a new one takes its place in one step, and what
// had the focus has it again.
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function middle(hex) {
  const box = hex.getBoundingClientRect();
  return [box.left + box.width / 2, box.top + box.height / 2];
}

// The nearest in a direction; what lies aside counts as farther.
function nearest(hexes, from, [right, down]) {
  const [x, y] = middle(from);
  let best = from, least = Infinity;
  for (const hex of hexes) {
    const [u, v] = middle(hex);
    const along = (u - x) * right + (v - y) * down;
    const aside = Math.abs((u - x) * down) + Math.abs((v - y) * right);
    if (along > 2 && along + 2 * aside < least) [best, least] = [hex, along + 2 * aside];
  }
  return best;
}

function goTo(list, hex) {
  list.querySelector(".at")?.classList.remove("at");
  hex.classList.add("at");
  hex.setAttribute("aria-label", hex.title);
  list.setAttribute("aria-activedescendant", hex.id);
}

export default function ({ data, parentElement, setTriggerValue }) {
  const place = parentElement.querySelector(".th-slot");
  const list = () => place.querySelector("[role=listbox]");
  if (place.drawn !== data) {
    const hadFocus = place.contains(document.activeElement);
    place.innerHTML = data;
    place.drawn = data;
    const at = place.at && document.getElementById(place.at);
    if (at) goTo(list(), at);
    if (hadFocus) list()?.focus({ preventScroll: true });
  }
  const choose = (hex) => setTriggerValue("picked", hex.dataset.hex);
  place.onclick = (event) => {
    const hex = event.target.closest("[data-hex]");
    if (hex) choose(hex);
  };
  place.onkeydown = (event) => {
    if (event.target !== list()) return;
    const hexes = [...list().querySelectorAll("[data-hex]")];
    const at = list().querySelector(".at");
    const way = WAYS[event.key];
    if (way) {
      const next = at ? nearest(hexes, at, way) : list().querySelector(".on") ?? hexes[0];
      goTo(list(), next);
      place.at = next.id;
      next.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter" && at) {
      choose(at);
    } else {
      return;
    }
    event.preventDefault();
  };
}
