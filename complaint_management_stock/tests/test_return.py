from odoo.exceptions import AccessError, UserError
from odoo.tests import Form

from odoo.addons.complaint_management.tests.common import ComplaintCommon


class TestReturn(ComplaintCommon):
    """A case about the first of two lines of an order, delivered three each."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order.order_line.product_uom_qty = 3
        cls.delivery = cls.deliver(cls.order)
        cls.case = cls.create_case(
            user_id=cls.agent.id,
            sale_order_id=cls.order.id,
            sale_order_line_id=cls.order_line.id,
        )
        cls.clerk = cls._create_user("clerk", "Carl Clerk", "user")
        cls.clerk.group_ids |= cls.env.ref("stock.group_stock_user")
        cls.storeman = cls._create_user("storeman", "Sten", "stock.group_stock_user")
        cls.team.member_ids |= cls.clerk

    @classmethod
    def deliver(cls, order):
        picking = order.picking_ids.filtered(lambda p: p.state != "done")
        for move in picking.move_ids:
            move.quantity = move.product_uom_qty
        picking.move_ids.picked = True
        picking._action_done()
        return picking

    def dialog(self, case=None, user=None):
        action = (case or self.case).with_user(user or self.clerk).action_return()
        return (
            self.env[action["res_model"]]
            .with_user(user or self.clerk)
            .browse(action["res_id"])
        )

    def make(self, dialog):
        action = dialog.action_create_returns()
        return self.env[action["res_model"]].browse(action["res_id"])

    def test_return_of_what_the_case_is_about(self):
        dialog = self.dialog()
        self.assertEqual(dialog.picking_id, self.delivery)
        quantities = {
            line.product_id: line.quantity for line in dialog.product_return_moves
        }
        self.assertEqual(quantities, {self.product: 3, self.product_2: 0})
        with Form(dialog) as form, form.product_return_moves.edit(0) as line:
            line.quantity = 2
        picking = self.make(dialog)
        self.assertEqual(picking.return_id, self.delivery)
        self.assertEqual(picking.complaint_id, self.case)
        self.assertEqual(picking.move_ids.mapped("product_uom_qty"), [2])
        case = self.case.with_user(self.clerk)
        self.assertEqual((case.return_ids, case.return_count), (picking, 1))
        self.assertIn(picking, picking.search(case.action_view_returns()["domain"]))
        self.assertEqual(picking.action_view_complaint()["res_id"], case.id)
        self.assertIn(picking.name, self.case.message_ids[0].body)
        # Goods that come back are no redress; one is left to come back.
        self.assertEqual(self.case.redress_amount, 0)
        self.assertEqual(self.dialog().product_return_moves[0].quantity, 1)

    def test_product_alone_is_enough(self):
        self.case.write({"sale_order_line_id": False, "product_id": self.product_2.id})
        self.assertEqual(self.dialog().product_return_moves.mapped("quantity"), [0, 3])

    def test_choice_of_deliveries(self):
        self.order_line.product_uom_qty = 5
        second = self.deliver(self.order)
        dialog = self.dialog()
        self.assertEqual(dialog.complaint_delivery_ids, self.delivery | second)
        form = Form(dialog)
        form.picking_id = self.delivery
        form.save()
        self.assertEqual(
            dialog.product_return_moves[0].move_id.picking_id, self.delivery
        )
        self.assertEqual(self.make(dialog).return_id, self.delivery)

    def test_delivery_of_another_order_is_refused(self):
        foreign = self.deliver(self.order_other)
        dialog = self.dialog()
        dialog.picking_id = foreign
        dialog.product_return_moves.quantity = 1
        with self.assertRefused("done delivery of the order"):
            dialog.action_create_returns()
        self.assertFalse(self.case.return_count)

    def test_nothing_delivered(self):
        order = self._create_order(self.partner, self.product)
        case = self.create_case(sale_order_id=order.id)
        self.assertFalse(case.with_user(self.clerk).can_return)
        self.assertTrue(self.case.with_user(self.clerk).can_return)
        with self.assertRefused("nothing was delivered"):
            self.dialog(case)
        self.work_to(self.case, "cancelled")
        with self.assertRefused("was cancelled"):
            self.dialog()

    def test_rights_are_those_of_inventory_and_of_the_case(self):
        with self.assertRaises(AccessError):
            self.dialog(user=self.agent)
        with self.assertRaises(AccessError):
            self.dialog(user=self.storeman)
        # A dialog made by RPC meets the same rights.
        dialog = self.env["stock.return.picking"].with_user(self.storeman)
        with self.assertRaises(AccessError):
            dialog.create(
                {"picking_id": self.delivery.id, "complaint_id": self.case.id}
            ).action_create_returns_all()
        self.assertFalse(self.case.return_count)

    def test_return_without_a_case(self):
        dialogs = self.env["stock.return.picking"].with_user(self.storeman)
        dialog = dialogs.create({"picking_id": self.delivery.id})
        self.assertEqual(dialog.product_return_moves.mapped("quantity"), [0, 0])
        action = dialog.action_create_returns_all()
        picking = self.env["stock.picking"].browse(action["res_id"])
        self.assertFalse(picking.complaint_id)

    def test_exchange_needs_the_approval(self):
        self.company.complaint_approval_amount = 2
        with self.assertRefused("without another approval"):
            self.dialog().action_create_exchanges()
        value = self.order_line.price_total
        self.case.sudo().write({"approval_state": "approved", "approved_amount": value})
        self.dialog().action_create_exchanges()
        self.assertEqual(self.case.return_count, 1)
        # What is sent again counts with all else that the case gives.
        self.assertEqual(self.case._get_given_amount(), value)
        with self.assertRefused("without another approval"):
            self.case._check_remedy(1)
        self.case.return_ids.action_cancel()
        self.case._check_remedy(1)

    def test_what_comes_back_later_keeps_the_case(self):
        picking = self.make(self.dialog())
        picking.move_ids.write({"quantity": 1, "picked": True})
        picking._action_done()
        self.assertEqual(picking.backorder_ids.complaint_id, self.case)

    def test_screens(self):
        picking = self.make(self.dialog())
        for record in (self.case, picking):
            with self.subTest(record=record):
                form = Form(record.with_user(self.clerk))
                self.assertEqual(form.id, record.id)
        self.assertEqual(Form(picking.with_user(self.storeman)).id, picking.id)
        self.assertEqual(Form(self.case.with_user(self.agent)).id, self.case.id)

    # Goods count by what left, at list price

    def test_exchange_at_list_price(self):
        self.product.list_price = 50
        self.order_line.price_unit = 0
        self.company.complaint_approval_amount = 149
        with self.assertRefused("without another approval"):
            self.dialog().action_create_exchanges()
        self.company.complaint_approval_amount = 150
        self.dialog().action_create_exchanges()
        self.assertEqual(self.case._get_given_amount(), 150)
        # What goes out again may not be more than what was asked for.
        out = self.order.picking_ids.filtered(
            lambda picking: (
                picking.state not in ("done", "cancel")
                and picking.location_dest_id.usage == "customer"
            )
        )
        move = out.move_ids.filtered(lambda m: m.product_id == self.product)
        move.write({"quantity": 500, "picked": True})
        with self.assertRefused("without another approval"):
            out.with_user(self.storeman)._action_done()
        self.env.invalidate_all()
        move.quantity = 3
        out._action_done()
        self.assertEqual(self.case.redress_documented, 150)
        with self.assertRefused("without another approval"):
            move.move_line_ids.quantity = 4

    def replace(self):
        """Make a confirmed replacement of the case's line."""
        seller = self.clerk
        seller.group_ids |= self.env.ref("sales_team.group_sale_salesman_all_leads")
        form = Form(
            self.env["complaint.remedy"]
            .with_user(seller)
            .with_context(default_complaint_id=self.case.id, default_kind="replacement")
        )
        order = self.env["sale.order"].browse(form.save().action_make()["res_id"])
        order.action_confirm()
        return order

    def test_more_delivered_than_ordered(self):
        self.product.list_price = 10
        self.company.complaint_approval_amount = 30
        picking = self.replace().picking_ids
        picking.move_ids.write({"quantity": 500, "picked": True})
        with self.assertRefused("without another approval"):
            picking.with_user(self.storeman)._action_done()
        self.env.invalidate_all()
        picking.move_ids.quantity = 3
        # Nor something else, put in by hand.
        self.env["stock.move"].create(
            {
                "picking_id": picking.id,
                "product_id": self.product_2.id,
                "product_uom_qty": 1,
                "quantity": 1,
                "picked": True,
                "location_id": picking.location_id.id,
                "location_dest_id": picking.location_dest_id.id,
            }
        )
        self.product_2.list_price = 10
        with self.assertRefused("without another approval"):
            picking._action_done()

    def test_returned_replacement_releases_its_amount(self):
        self.product.list_price = 10
        self.company.complaint_approval_amount = 30
        order = self.replace()
        picking = self.deliver(order)
        self.assertEqual(self.case.redress_documented, 30)
        wizard = self.env["stock.return.picking"].create({"picking_id": picking.id})
        wizard.product_return_moves.write({"quantity": 2, "to_refund": False})
        back = self.make(wizard)
        self.assertEqual(self.case.redress_documented, 30)
        back.move_ids.write({"quantity": 2, "picked": True})
        back._action_done()
        self.assertEqual(self.case.redress_documented, 10)

    def test_nobody_links_by_hand(self):
        other = self.delivery.copy()
        with self.assertRaises(UserError):
            other.with_user(self.clerk).complaint_id = self.case
        made = self.env["stock.picking"].with_user(self.clerk)
        made = made.with_context(default_complaint_id=self.case.id).create(
            {
                "picking_type_id": other.picking_type_id.id,
                "location_id": other.location_id.id,
                "location_dest_id": other.location_dest_id.id,
            }
        )
        self.assertFalse(made.sudo().complaint_id)
        mine = self.make(self.dialog())
        with self.assertRaises(UserError):
            mine.with_user(self.storeman).complaint_id = False

    def test_return_of_another_customers_order(self):
        self.deliver(self.order_other)
        line = self.order_other.order_line[0]
        self.case.write(
            {"sale_order_id": self.order_other.id, "sale_order_line_id": line.id}
        )
        with self.assertRefused("not of this customer"):
            self.dialog()
