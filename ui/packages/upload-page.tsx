import { ButtonLink, SubmitButton } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { OneLiner } from '../components/code.tsx'
import { FileField, SelectField } from '../components/fields.tsx'
import { ErrorSummary, Form, FormActions, type FormState } from '../components/form.tsx'
import { Heading } from '../components/heading.tsx'
import type { Frame } from '../frame.tsx'
import { Page } from '../layout.tsx'
import { links } from '../links.ts'

export type UploadPageProps = { frame: Frame; form: FormState; limit: string }

/** Multipart; the token and `overwriteMode` come before `file`, so that the bytes can be streamed. */
export const UploadPage = ({ frame, form, limit }: UploadPageProps) => (
  <Page frame={frame} title="Upload package" section="library">
    <div class="column stack">
      <Heading
        title="Upload package"
        crumbs={[
          { href: links.library, title: 'Library' },
          { href: links.packages, title: 'Packages' },
        ]}
      />
      <ErrorSummary form={form} title="Nothing was uploaded." />
      <Card>
        <Form action={links.packageUpload} upload>
          <SelectField
            form={form}
            name="overwriteMode"
            label="If this version exists already"
            options={[
              { value: 'FailIfExists', label: 'Refuse it' },
              { value: 'IgnoreIfExists', label: 'Keep the existing one' },
              { value: 'OverwriteExisting', label: 'Replace it' },
            ]}
          />
          <FileField
            form={form}
            name="file"
            label="Package file"
            accept=".zip,.nupkg,.tar.gz,.tgz,.tar.bz2,.jar,.war,.ear"
            hint={`Named ID.version.extension, such as Shop.Web.1.0.0.zip. At most ${limit}.`}
            required
          />
          <FormActions>
            <SubmitButton>Upload</SubmitButton>
            <ButtonLink href={links.packages} look="quiet">
              Cancel
            </ButtonLink>
          </FormActions>
        </Form>
      </Card>
      <Card title="From a build">
        <OneLiner text="octopus package upload --package Shop.Web.1.0.0.zip" label="Copy command" />
      </Card>
    </div>
  </Page>
)
