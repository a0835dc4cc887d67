import asyncio
from tests.support.product import Person
async def test_probe(ada: Person, bo: Person) -> None:
    slug = (await ada.post("/rooms", {"name": "x"}))["slug"]
    b = await bo.connect(); await b.do("room:join", room=slug)
    a = await ada.connect(); first = await a.do("room:join", room=slug)
    print("FIRST", first["snapshot"]["presence"])
    await asyncio.sleep(2)
    await a.close()
    await asyncio.sleep(1)
    a2 = await ada.connect()
    again = await a2.do("room:join", room=slug, epoch=first["epoch"], seq=first["seq"])
    print("AGAIN", again)
    await asyncio.sleep(3)
    print([e for e in a2.events if e[0].startswith("presence")])
    a3 = await ada.connect()
    again = await a3.do("room:join", room=slug, epoch=first["epoch"], seq=first["seq"])
    await asyncio.sleep(2)
    print([e for e in a3.events if e[0].startswith("presence")])
