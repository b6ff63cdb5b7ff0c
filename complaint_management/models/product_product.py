from odoo import fields, models


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _get_complaint_price(self, uom, currency, company, date=None):
        """Return what one unit costs those who pay for it, whatever is charged.

        A product that has no list price is worth what it costs the company.

        :param uom: the unit
        :param currency: in which the price is returned
        :param company: that gives the product
        :param date: of the rate; today where there is none
        """
        product = self.with_company(company)
        if not product:
            return 0
        # Not "lst_price", which depends on a unit in the context.
        price = product.list_price + product.price_extra or product.standard_price
        return product.currency_id._convert(
            product.uom_id._compute_price(price, uom or product.uom_id),
            currency,
            company,
            date or fields.Date.today(),
            round=False,
        )
