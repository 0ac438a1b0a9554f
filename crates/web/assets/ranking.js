// A list by priority: rows are moved by their handles, with a pointer or with the arrow keys, and the numbers follow. A number that
// is typed moves its row as well. What is sent is the numbers, as without this file.

const fill = (text, values) => text.replaceAll(/\{(\w+)\}/g, (_, name) => values[name]);

export function ranking(form) {
  const listed = form.querySelector("[data-listed]");
  const others = form.querySelector("[data-others]");
  const live = form.querySelector("[data-live]");
  if (!listed || !others) return;

  const rows = (body) => [...body.querySelectorAll("[data-row]")];
  const input = (row) => row.querySelector("input");
  const handle = (row) => row.querySelector("button");
  const number = (row) => (/^[1-9]\d{0,5}$/.test(input(row).value.trim()) ? Number(input(row).value) : null);

  const how = document.createElement("p");
  how.className = "small soft desk-ranking__how";
  how.textContent = form.dataset.how;
  form.prepend(how);
  for (const row of [...rows(listed), ...rows(others)]) handle(row).hidden = false;

  /** Puts rows where their numbers say, as after numbers were put back from this browser's copy. */
  function arrange() {
    const all = [...rows(listed), ...rows(others)];
    const ranked = all.filter((row) => number(row) !== null).sort((one, other) => number(one) - number(other));
    listed.append(...ranked);
    others.append(...all.filter((row) => number(row) === null));
  }

  /** Writes the numbers anew and says where the moved row is now. */
  function settle(moved) {
    const all = rows(listed);
    for (const row of rows(others)) input(row).value = "";
    for (const [nth, row] of all.entries()) input(row).value = nth + 1;
    for (const row of [...all, ...rows(others)]) {
      input(row).classList.remove("govuk-input--error");
      input(row).removeAttribute("aria-invalid");
    }
    const values = { name: moved.dataset.name, place: all.indexOf(moved) + 1, count: all.length };
    live.textContent = values.place ? fill(form.dataset.announce, values) : form.dataset.off.replace("#", values.name);
    form.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /** Puts a row at a place of the list, from 0; beyond its end, off the list. */
  function put(row, place) {
    const rest = rows(listed).filter((one) => one !== row);
    if (place > rest.length) others.querySelector(".table__group").after(row);
    else if (place === rest.length) listed.append(row);
    else rest[Math.max(place, 0)].before(row);
    settle(row);
  }

  form.addEventListener("keydown", (event) => {
    const row = event.target.closest(".desk-ranking__handle")?.closest("[data-row]");
    if (!row) return;
    const place = rows(listed).indexOf(row);
    const last = rows(listed).length - 1;
    const to = {
      ArrowUp: place < 0 ? last + 1 : Math.max(place - 1, 0),
      ArrowDown: place < 0 ? null : place + 1,
      Home: 0,
      End: place < 0 ? last + 1 : last,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    arrange();
    if (to !== null) put(row, to);
    handle(row).focus();
  });

  form.addEventListener("change", (event) => {
    const row = event.target.closest("[data-row]");
    if (!row || event.target !== input(row)) return;
    const typed = number(row);
    if (typed === null && input(row).value.trim() !== "") return;
    input(row).value = "";
    arrange();
    put(row, typed === null ? Infinity : Math.min(typed - 1, rows(listed).length));
  });

  form.addEventListener("pointerdown", (event) => {
    const grip = event.target.closest(".desk-ranking__handle");
    if (!grip || event.button !== 0) return;
    event.preventDefault();
    drag(grip.closest("[data-row]"), event.pointerId);
  });

  /** Follows the pointer until it is let go; the row moves then. */
  function drag(row, pointer) {
    arrange();
    const over = new AbortController();
    const { signal } = over;
    let target;
    row.dataset.dragged = "";
    const mark = (found, side) => {
      if (target) delete target.row.dataset.drop;
      target = found && { row: found, side };
      if (target) found.dataset.drop = side;
    };
    const end = (moves) => {
      over.abort();
      delete row.dataset.dragged;
      const found = target;
      mark(null);
      if (moves && found && found.row !== row) {
        found.row[found.side](row);
        settle(row);
      }
      handle(row).focus();
    };
    const own = (event) => event.pointerId === pointer;
    const move = (event) => {
      if (!own(event)) return;
      const edge = 48;
      if (event.clientY < edge) scrollBy(0, -16);
      else if (event.clientY > innerHeight - edge) scrollBy(0, 16);
      const found = [...listed.rows, ...others.rows].find((one) => {
        const { top, bottom } = one.getBoundingClientRect();
        return event.clientY >= top && event.clientY < bottom;
      });
      if (!found) return mark(null);
      const { top, height } = found.getBoundingClientRect();
      // Nothing stands before the heading of a group.
      const head = found.classList.contains("table__group");
      mark(found, head || event.clientY > top + height / 2 ? "after" : "before");
    };
    addEventListener("pointermove", move, { signal });
    addEventListener("pointerup", (event) => own(event) && end(true), { signal });
    addEventListener("pointercancel", (event) => own(event) && end(false), { signal });
    addEventListener("keydown", (event) => event.key === "Escape" && end(false), { signal });
  }
}
