"""Several people on one project: what each sees of the others, and when they stop seeing it."""

import re
from pathlib import Path

from playwright.async_api import Locator, expect

from tests.browser.pictures import keep
from tests.browser.windows import SIGNED_OUT, PageOf, Window, Windows
from tests.support.product import Person, Product
from tests.support.visitors import newcomer

# A browser writes down what it may not see.
HIDDEN = r"404 .*/api/(projects|invites)/"


async def project_with(owner: Person, *others: Person) -> int:
    """A private project of the owner's, with these contributors."""
    project_id = await owner.project("Atlas")
    for other in others:
        body = {"user_id": other.id, "role": "contributor"}
        await owner.post(f"/projects/{project_id}/members", body)
    return project_id


def tracking(window: Window, person: Person) -> Locator:
    now = window.page.get_by_role("region", name="Tracking now")
    return now.get_by_role("listitem").filter(has_text=person.username)


async def test_the_project_page_shows_whose_timer_runs_as_it_starts_and_stops(
    ada: Person, bo: Person, page_of: PageOf
) -> None:
    project_id = await project_with(ada, bo)
    desk, other = await page_of(ada, f"/projects/{project_id}"), await page_of(bo)
    heading = desk.page.get_by_role("heading", level=1)
    await expect(heading).to_have_text("Atlas")
    await expect(desk.page.get_by_text("Nobody at the moment.")).to_be_visible()
    await other.box.press_sequentially("Draw @atl")
    await other.box.press("Enter")
    await other.box.press("Enter")
    row = tracking(desk, bo)
    await expect(row).to_contain_text("Draw")
    await expect(row.locator(".digits")).not_to_have_text("0:00:00")
    await other.stop()
    await expect(row).to_have_count(0)


async def test_a_member_who_is_removed_is_sent_away_at_once(
    ada: Person, bo: Person, page_of: PageOf
) -> None:
    """[V1] The page of the project goes, and so does the project in the list and in the box."""
    project_id = await project_with(ada, bo)
    desk, other = [await page_of(each, f"/projects/{project_id}") for each in (ada, bo)]
    other.expects(HIDDEN)
    await expect(other.page.get_by_role("heading", level=1)).to_have_text("Atlas")
    await desk.button(f"Remove {bo.username}").click()
    await desk.dialog.get_by_role("button", name=f"Remove {bo.username}").click()
    await expect(desk.dialog).to_have_count(0)
    await expect(desk.page.get_by_role("region", name="Members")).not_to_contain_text(bo.username)

    await expect(other.page.get_by_role("heading", level=1)).to_have_text("Nothing here")
    await other.go_to("Projects")
    await expect(other.page.get_by_text("No projects yet.")).to_be_visible()


async def test_a_project_is_handed_over_by_its_owner(
    ada: Person, bo: Person, page_of: PageOf
) -> None:
    """The new owner is taken in from their profile first."""
    project_id = await ada.project()
    window = await page_of(ada, f"/people/{bo.id}")
    await window.button("Add to a project").click()
    await window.dialog.get_by_role("button", name="Add").click()
    await expect(window.toasts).to_contain_text(f"{bo.username} belongs to")
    await expect(window.button("Add to a project")).to_have_count(0)
    await window.visit(f"{ada.product.url}/projects/{project_id}")
    await window.field(f"Role of {bo.username}").select_option(label="Owner")
    await window.dialog.get_by_role("button", name="Hand over").click()
    await expect(window.dialog).to_have_count(0)
    project = await bo.get(f"/projects/{project_id}")
    roles = {member["user_id"]: member["role"] for member in project["members"]}
    assert (project["owner_id"], roles) == (bo.id, {ada.id: "admin", bo.id: "owner"})


async def test_a_private_project_of_somebody_else_looks_like_none(
    ada: Person, bo: Person, page_of: PageOf
) -> None:
    project_id = await ada.project("Secret plans")
    window = await page_of(bo, f"/projects/{project_id}")
    window.expects(HIDDEN)
    await expect(window.page.get_by_role("heading", level=1)).to_have_text("Nothing here")
    await expect(window.page.locator("body")).not_to_contain_text("Secret plans")
    await expect(window.page).to_have_title("Project · FocusHub")


async def test_a_visitor_reads_a_public_project_and_joins_it(
    ada: Person, bo: Person, page_of: PageOf, pictures: Path
) -> None:
    """Whose it is and what joining means is said; then one may start the timer there."""
    text = "Every river, from its source to the sea."
    project_id = await ada.project("Atlas", visibility="public", description=text)
    await ada.post("/time-entries", {"description": "Draw the Danube", "project_id": project_id})
    window = await page_of(bo, f"/projects/{project_id}")
    visitor = window.page.get_by_text(f"A public project of {ada.username}.")
    await expect(visitor).to_be_visible()
    await expect(tracking(window, ada)).to_contain_text("Draw the Danube")
    await expect(window.button("Start here")).to_have_count(0)
    await keep(window, "project-visitor", pictures)
    await window.button("Join project").click()
    await expect(window.button("Start here")).to_be_visible()
    await expect(visitor).to_have_count(0)
    await expect(window.page.get_by_role("region", name="Members")).to_contain_text(bo.username)


async def test_an_invitation_leads_a_stranger_through_the_sign_up_into_the_project(
    product: Product, ada: Person, page_of: PageOf, windows: Windows
) -> None:
    """Whoever has the link signs up first, is led back, and joins; the members see it at once."""
    desk = await page_of(ada, f"/projects/{await project_with(ada)}")
    await desk.button("Create link").click()
    link = await desk.field("Invitation link").input_value()
    assert link.startswith(f"{product.url}/invites/")

    stranger = await windows.open(await windows.context(), link)
    stranger.expects(SIGNED_OUT)
    await expect(stranger.page.get_by_text("You have been invited to a project.")).to_be_visible()
    new = newcomer()
    await stranger.page.get_by_role("banner").get_by_role("link", name="Sign up").click()
    await stranger.sign_up(new)
    await expect(stranger.page.get_by_role("heading", level=1)).to_have_text("You are invited")
    await stranger.button("Accept and join").click()
    await expect(stranger.page.get_by_role("heading", level=1)).to_have_text("Atlas")
    await expect(desk.page.get_by_role("region", name="Members")).to_contain_text(new["username"])


async def test_an_invitation_for_one_is_used_up_by_one(
    product: Product, ada: Person, bo: Person, page_of: PageOf
) -> None:
    project_id = await project_with(ada)
    invite = await ada.post(f"/projects/{project_id}/invites", {"max_uses": 1})
    await bo.post(f"/invites/{invite['code']}/accept")
    late = await page_of(await product.person("late"), f"/invites/{invite['code']}")
    late.expects(HIDDEN)
    await late.button("Accept and join").click()
    await expect(late.page.get_by_role("alert")).to_contain_text("This invitation has ended")


async def test_a_project_is_made_changed_archived_and_deleted_on_its_page(
    ada: Person, page_of: PageOf
) -> None:
    """A second window, which does not look at it, follows; deleting asks for the name."""
    window, second = await page_of(ada, "/projects"), await page_of(ada, "/projects")
    await window.button("New project").click()
    await window.field("Name").fill("Atlas")
    await window.button("Create project").click()
    await expect(second.page.get_by_role("link", name=re.compile("^Atlas"))).to_be_visible()
    heading = window.page.get_by_role("heading", level=1)
    await expect(heading).to_have_text("Atlas")

    await window.button("Edit").click()
    await window.field("Name").fill("Atlas of rivers")
    await window.button("Save").click()
    await expect(heading).to_have_text("Atlas of rivers")
    await expect(second.page.locator(".card h2")).to_have_text("Atlas of rivers")
    await window.button("Archive").click()
    await expect(second.button("Show 1 archived")).to_be_visible()

    await window.button("Delete").click()
    confirm = window.button("Delete for ever")
    await expect(confirm).to_be_disabled()
    await window.field("Type “Atlas of rivers” to confirm").fill("Atlas of rivers")
    await confirm.click()
    await expect(heading).to_have_text("Projects")
    for each in (window, second):
        await expect(each.page.get_by_text("No projects yet.")).to_be_visible()
