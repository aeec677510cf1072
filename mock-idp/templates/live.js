// Keeps a part of a page as the mock has it now, while somebody looks.
for (const part of document.querySelectorAll("[data-live]")) {
  let known = part.dataset.etag;
  const follow = async () => {
    try {
      if (!document.hidden) {
        const answer = await fetch(part.dataset.live, { headers: { "If-None-Match": known }, cache: "no-store" });
        if (answer.status === 200) {
          const html = await answer.text();
          const focused = part.contains(document.activeElement) && document.activeElement.getAttribute("href");
          known = answer.headers.get("ETag");
          part.innerHTML = html;
          if (focused) part.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus();
        }
      }
    } catch {
      // The mock has ended, or starts again: the next second will tell.
    }
    setTimeout(follow, 1000);
  };
  setTimeout(follow, 1000);
}
