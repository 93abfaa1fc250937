"""Choices live in the address; what the browser sent before it heard of one does not undo it."""

from streamlit.testing.v1 import AppTest


def _app():
    import streamlit as st

    from dashboard import address, choices

    address.settle()
    chosen = choices.pick("Seat", "seat", {"a": "Alder", "b": "Birken"}, everything="All")
    st.button("Birken", on_click=address.put, args=("seat", "b"))
    st.button("None", on_click=address.put, args=("seat", ""))
    st.text(chosen or "all")


def opened(**address):
    app = AppTest.from_function(_app, default_timeout=30)  # a busy machine is slow, not broken
    for name, value in address.items():
        app.query_params[name] = value
    return app.run()


def shown(app):
    return app.text[0].value, app.query_params.get("seat", [""])[0]


def test_a_choice_is_put_into_the_address():
    app = opened()
    app.selectbox[0].select("a").run()
    assert shown(app) == ("a", "a")


def test_the_address_chooses():
    app = opened(seat="a")
    assert shown(app) == ("a", "a")
    app.query_params["seat"] = "b"
    assert shown(app.run()) == ("b", "b")


def test_a_refresh_with_the_address_from_before_a_choice_does_not_undo_it():
    app = opened(seat="a")
    app.button[0].click().run()
    assert shown(app) == ("b", "b")
    app.query_params["seat"] = "a"
    assert shown(app.run()) == ("b", "b")


def test_a_choice_made_before_the_browser_has_heard_of_the_last_one_holds():
    app = opened(seat="a")
    app.button[0].click().run()
    app.query_params["seat"] = "a"
    app.button[1].click().run()
    app.query_params["seat"] = "b"
    assert shown(app.run()) == ("all", "")


def test_once_the_browser_has_heard_of_a_choice_the_way_back_is_open():
    app = opened(seat="a")
    app.button[0].click().run()
    app.run()
    app.query_params["seat"] = "a"
    assert shown(app.run()) == ("a", "a")


def test_a_widget_stays_where_a_person_chose_in_it_and_is_replaced_where_the_address_did():
    app = opened(seat="a")
    first = app.selectbox[0].key
    app.selectbox[0].select("b").run()
    assert app.selectbox[0].key == first
    app.button[1].click().run()
    assert app.selectbox[0].key != first
    assert app.selectbox[0].value == ""
