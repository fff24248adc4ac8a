// Replaces the parts of the page whose content has changed. Without this script a reload does the same.
"use strict";
const seconds = Number(document.body.dataset.refresh);
const stale = document.getElementById("stale");

// Details that the reader opened stay open.
function keepOpen(before, after) {
  const opened = new Set([...before.querySelectorAll("details[open][id]")].map(item => item.id));
  for (const item of after.querySelectorAll("details[id]")) if (opened.has(item.id)) item.open = true;
}

// Names of the parts, which differ where another version of the page's program answers.
function partsOf(page) {
  return [...page.querySelectorAll("[data-part]")].map(part => part.id).join();
}

async function refresh() {
  if (document.hidden) return;
  try {
    const answer = await fetch(location.href, {headers: {accept: "text/html"}, signal: AbortSignal.timeout(15000)});
    if (!answer.ok) throw new Error("status " + answer.status);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (partsOf(page) !== partsOf(document)) return location.reload();
    for (const part of document.querySelectorAll("[data-part]")) {
      const newer = page.getElementById(part.id);
      if (!newer || newer.innerHTML === part.innerHTML) continue;
      // Not under the reader's hands.
      if (part.contains(document.activeElement) && document.activeElement.matches("input")) continue;
      keepOpen(part, newer);
      part.replaceWith(document.adoptNode(newer));
    }
    document.getElementById("read-at").textContent = page.getElementById("read-at").textContent;
    stale.classList.remove("shown");
  } catch (error) {
    stale.textContent = "No answer from homestead ui (" + error.message + "); what you see is of " +
      document.getElementById("read-at").textContent + ".";
    stale.classList.add("shown");
  }
}

async function loop() {
  await refresh();
  setTimeout(loop, 1000 * (document.querySelector("[data-pending]") ? 1 : seconds));
}

if (seconds) {
  setTimeout(loop, 1000 * (document.querySelector("[data-pending]") ? 1 : seconds));
  document.addEventListener("visibilitychange", refresh);
}
